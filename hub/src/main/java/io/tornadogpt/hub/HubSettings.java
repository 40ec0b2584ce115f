package io.tornadogpt.hub;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// Where the hub is, where files go, and as whom to ask: the environment variables of
/// `huggingface_hub`, `HF_ENDPOINT`, `HF_HUB_CACHE`, `HF_HOME`, `HF_TOKEN` and `HF_HUB_OFFLINE`.
///
/// @param endpoint of the hub, without a slash at its end
/// @param cache folder that holds a folder for each repository
/// @param token secret, null to ask as nobody
/// @param offline whether nothing may be asked
public record HubSettings(URI endpoint, Path cache, @Nullable String token, boolean offline) {
    private static final String DEFAULT_ENDPOINT = "https://huggingface.co";
    private static final Set<String> LOOPBACK =
            Set.of("localhost", "127.0.0.1", "[::1]", "0:0:0:0:0:0:0:1");

    public HubSettings {
        String scheme = String.valueOf(endpoint.getScheme()).toLowerCase(Locale.ROOT);
        if (!(scheme.equals("https") || scheme.equals("http")) || endpoint.getHost() == null) {
            throw new IllegalArgumentException(
                    "HF_ENDPOINT is '%s', which is no address of a hub; expected https://HOST"
                            .formatted(endpoint));
        }
    }

    /// As the environment says.
    ///
    /// @param environment such as that of the process
    /// @param home folder of the user
    public static HubSettings of(Map<String, String> environment, Path home) throws IOException {
        String endpoint = said(environment, "HF_ENDPOINT", DEFAULT_ENDPOINT);
        while (endpoint.endsWith("/")) {
            endpoint = endpoint.substring(0, endpoint.length() - 1);
        }
        String caches = said(environment, "XDG_CACHE_HOME", home.resolve(".cache").toString());
        String own = said(environment, "HF_HOME", Path.of(caches, "huggingface").toString());
        String hub = said(environment, "HF_HUB_CACHE", Path.of(own, "hub").toString());
        String offline = said(environment, "HF_HUB_OFFLINE", "").toUpperCase(Locale.ROOT);
        return new HubSettings(
                address(endpoint),
                Path.of(hub),
                token(environment, Path.of(own)),
                Set.of("1", "ON", "YES", "TRUE").contains(offline));
    }

    private static URI address(String endpoint) {
        try {
            return URI.create(endpoint);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "HF_ENDPOINT is '%s', which is no address; expected https://HOST"
                            .formatted(endpoint),
                    e);
        }
    }

    private static String said(Map<String, String> environment, String name, String otherwise) {
        String value = environment.get(name);
        return value == null || value.isBlank() ? otherwise : value.strip();
    }

    private static @Nullable String token(Map<String, String> environment, Path own)
            throws IOException {
        String given = said(environment, "HF_TOKEN", "");
        if (!given.isEmpty()) {
            return given;
        }
        Path file = Path.of(said(environment, "HF_TOKEN_PATH", own.resolve("token").toString()));
        if (!Files.isReadable(file) || Files.isDirectory(file)) {
            return null;
        }
        String kept = Files.readString(file).strip();
        return kept.isEmpty() ? null : kept;
    }

    /// Whether the token may go to an address: to the endpoint's host alone, and encrypted, or
    /// within this machine.
    boolean mayKnow(URI address) {
        boolean same =
                address.getHost().equalsIgnoreCase(endpoint.getHost())
                        && port(address) == port(endpoint);
        boolean loopback = LOOPBACK.contains(address.getHost().toLowerCase(Locale.ROOT));
        return same && (address.getScheme().equalsIgnoreCase("https") || loopback);
    }

    private static int port(URI address) {
        if (address.getPort() >= 0) {
            return address.getPort();
        }
        return address.getScheme().equalsIgnoreCase("https") ? 443 : 80;
    }

    /// Without the token.
    @Override
    public String toString() {
        return "HubSettings[%s, cache=%s, token=%s, offline=%s]"
                .formatted(endpoint, cache, token == null ? "none" : "given", offline);
    }
}
