package io.tornadogpt.server;

import com.sun.net.httpserver.HttpExchange;

import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.server.http.ApiException;
import io.tornadogpt.server.http.Call;

import org.jspecify.annotations.Nullable;

import java.net.InetAddress;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// Who may ask for what.
///
/// A page of a stranger, open in a browser on this machine, can send requests here. It cannot when
/// it calls us by a name of its own that leads to our address (DNS rebinding), for its browser then
/// sends that name; nor under our own name, for then its browser tells where the page came from.
final class Access {
    private static final Pattern ADDRESS =
            Pattern.compile("\\[[0-9a-f:.]{2,45}]|[0-9]{1,3}(?:\\.[0-9]{1,3}){3}");
    private static final Pattern PORT = Pattern.compile(":[0-9]{1,5}$");
    private static final String BEARER = "bearer ";

    private final ApiKeys keys;
    private final Set<String> names = new HashSet<>();
    private final boolean anyAddress;

    /// @param bound where the server listens
    Access(ServerSettings settings, InetAddress bound) {
        keys = settings.keys();
        settings.hostNames().forEach(name -> names.add(name.toLowerCase(Locale.ROOT)));
        names.add("localhost");
        names.add("127.0.0.1");
        names.add("[::1]");
        if (!bound.isAnyLocalAddress()) {
            names.add(settings.host().toLowerCase(Locale.ROOT));
            String address = bound.getHostAddress();
            names.add(address.contains(":") ? "[" + address + "]" : address);
        }
        anyAddress = bound.isAnyLocalAddress();
    }

    /// Lets a request in by the name that it calls us by.
    ///
    /// @throws ApiException if that is not our name
    void requireOurName(HttpExchange exchange) {
        String host = Call.only(exchange, "Host");
        if (host == null) {
            throw ApiException.badRequest("the request has no header Host; send one");
        }
        String authority = exchange.getRequestURI().getRawAuthority();
        if (!isOurs(host) || (authority != null && !isOurs(authority))) {
            throw ApiException.of(
                    403,
                    "unknown_host",
                    ("this server is not called %s; if it is, tell it so with its setting for host"
                                    + " names")
                            .formatted(BadFileException.quote(host)));
        }
    }

    /// Numbers are no name that a stranger could lead here.
    private boolean isOurs(String host) {
        String name = PORT.matcher(host.toLowerCase(Locale.ROOT)).replaceFirst("");
        return names.contains(name) || (anyAddress && ADDRESS.matcher(name).matches());
    }

    /// Refuses what a page of another origin sends.
    ///
    /// @throws ApiException if it came from one
    void requireOurPage(HttpExchange exchange) {
        String origin = Call.only(exchange, "Origin");
        String site = Call.only(exchange, "Sec-Fetch-Site");
        boolean foreign = origin != null && !isOurOrigin(origin, Call.only(exchange, "Host"));
        boolean told = site != null && !site.equals("same-origin") && !site.equals("none");
        if (foreign || told) {
            throw ApiException.of(
                    403,
                    "cross_origin",
                    "the request comes from a page of another origin, which may not call this"
                            + " server; call it from a program, or from the page that it serves");
        }
    }

    private static boolean isOurOrigin(String origin, @Nullable String host) {
        return host != null
                && (origin.equalsIgnoreCase("http://" + host)
                        || origin.equalsIgnoreCase("https://" + host)); // behind a proxy
    }

    /// Who asks, for the queue to be fair: the owner of a key, or where none is needed an address.
    ///
    /// @throws ApiException if a key is needed and another one was sent, or none
    String requireKey(HttpExchange exchange) {
        if (!keys.areNeeded()) {
            return exchange.getRemoteAddress().getAddress().getHostAddress();
        }
        String header = Call.only(exchange, "Authorization");
        String key =
                header != null && header.toLowerCase(Locale.ROOT).startsWith(BEARER)
                        ? header.substring(BEARER.length()).strip()
                        : "";
        Optional<Integer> number = keys.find(key);
        if (number.isEmpty()) {
            throw ApiException.of(
                    401,
                    "invalid_api_key",
                    key.isEmpty()
                            ? "the request has no key; send one as Authorization: Bearer KEY"
                            : "the key is not one of this server's; send another one");
        }
        return "key " + number.get();
    }
}
