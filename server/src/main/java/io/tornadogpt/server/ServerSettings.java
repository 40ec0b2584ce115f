package io.tornadogpt.server;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Set;

/// How a [Server] listens, and what it takes:
/// `ServerSettings.DEFAULT.withPort(8000).withKeys(keys)`.
///
/// @param host the address to listen on, a name or numbers
/// @param port 0 for one that is free
/// @param keys which of them a client needs
/// @param openToAll whether to listen on other addresses than this machine's own without a key
/// @param hostNames names beside the address that clients may call the server by; a browser sends
///   the name of the page that it loaded, so that a foreign name in front of our address is not let
///   in
/// @param longestBody bytes of a request
/// @param deadline the longest time for an answer, waiting included
/// @param mostChoices texts of one request, over all its prompts
public record ServerSettings(
        String host,
        int port,
        ApiKeys keys,
        boolean openToAll,
        Set<String> hostNames,
        int longestBody,
        Duration deadline,
        int mostChoices) {
    /// This machine alone, at 8080.
    public static final ServerSettings DEFAULT =
            new ServerSettings(
                    "127.0.0.1",
                    8080,
                    ApiKeys.NONE,
                    false,
                    Set.of(),
                    4 << 20,
                    Duration.ofMinutes(10),
                    32);

    private static final int LARGEST_PORT = 65_535;

    public ServerSettings {
        hostNames = Set.copyOf(hostNames);
        if (port < 0 || port > LARGEST_PORT) {
            throw new IllegalArgumentException(
                    "port is %d; expected 0 (a free one) to %d".formatted(port, LARGEST_PORT));
        }
        if (longestBody < 1) {
            throw new IllegalArgumentException(
                    "longestBody is %d bytes; expected 1 or more".formatted(longestBody));
        }
        if (!deadline.isPositive()) {
            throw new IllegalArgumentException(
                    "deadline is %s; expected a time".formatted(deadline));
        }
        if (mostChoices < 1) {
            throw new IllegalArgumentException(
                    "mostChoices is %d; expected 1 or more".formatted(mostChoices));
        }
    }

    public ServerSettings withHost(String value) {
        return new ServerSettings(
                value, port, keys, openToAll, hostNames, longestBody, deadline, mostChoices);
    }

    public ServerSettings withPort(int value) {
        return new ServerSettings(
                host, value, keys, openToAll, hostNames, longestBody, deadline, mostChoices);
    }

    public ServerSettings withKeys(ApiKeys value) {
        return new ServerSettings(
                host, port, value, openToAll, hostNames, longestBody, deadline, mostChoices);
    }

    public ServerSettings withOpenToAll(boolean value) {
        return new ServerSettings(
                host, port, keys, value, hostNames, longestBody, deadline, mostChoices);
    }

    public ServerSettings withHostNames(Set<String> value) {
        return new ServerSettings(
                host, port, keys, openToAll, value, longestBody, deadline, mostChoices);
    }

    public ServerSettings withLongestBody(int value) {
        return new ServerSettings(
                host, port, keys, openToAll, hostNames, value, deadline, mostChoices);
    }

    public ServerSettings withDeadline(Duration value) {
        return new ServerSettings(
                host, port, keys, openToAll, hostNames, longestBody, value, mostChoices);
    }

    /// Whether others than this machine could use the model without a key, and nobody said that
    /// they may. Such a server does not start.
    ///
    /// @throws UnknownHostException if there is no such host
    public boolean needsKey() throws UnknownHostException {
        return !address().isLoopbackAddress() && !keys.areNeeded() && !openToAll;
    }

    /// The address to listen on.
    ///
    /// @throws UnknownHostException if there is no such name
    InetAddress address() throws UnknownHostException {
        return InetAddress.getByName(host);
    }
}
