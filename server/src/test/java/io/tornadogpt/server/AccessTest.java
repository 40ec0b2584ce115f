package io.tornadogpt.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/// Who may ask: names that we are called by, pages, keys, addresses.
@Timeout(120)
class AccessTest {
    private static final String KEY = "sk-0123456789abcdef";

    private static Server server(ServerSettings settings) throws IOException {
        return Server.start(settings.withPort(0), List.of(TestModel.open(TestModel.settings())));
    }

    private static int status(Server server, String path, String... headers) throws IOException {
        return RawClient.status(answer(server, path, headers));
    }

    private static String answer(Server server, String path, String... headers) throws IOException {
        try (var raw = new RawClient(server)) {
            return raw.send(
                            "GET "
                                    + path
                                    + " HTTP/1.1\r\n"
                                    + String.join("\r\n", headers)
                                    + "\r\nConnection: close\r\n\r\n")
                    .rest();
        }
    }

    @Test
    void foreignNamesOfOurAddressAreNotLetIn() throws IOException {
        try (Server server = server(ServerSettings.DEFAULT.withHostNames(Set.of("gpt.local")))) {
            int port = server.address().getPort();
            for (String host :
                    List.of(
                            "localhost",
                            "LOCALHOST:" + port,
                            "127.0.0.1:" + port,
                            "[::1]:8080",
                            "gpt.local:80")) {
                assertEquals(200, status(server, "/v1/models", "Host: " + host), host);
            }
            for (String host :
                    List.of(
                            "evil.example",
                            "localhost.evil.example",
                            "127.0.0.1.evil.example:" + port,
                            "192.168.0.7",
                            "localhost@evil.example",
                            "")) {
                for (String path : List.of("/", "/v1/models", "/health", "/metrics")) {
                    assertEquals(403, status(server, path, "Host: " + host), host + path);
                }
            }
            assertEquals(403, status(server, "http://evil.example/health", "Host: localhost"));
        }
    }

    @Test
    void pagesOfOtherOriginsAreNotAnswered() throws IOException {
        try (Server server = server(ServerSettings.DEFAULT)) {
            int port = server.address().getPort();
            String host = "Host: localhost:" + port;
            assertEquals(
                    200, status(server, "/v1/models", host, "Origin: http://localhost:" + port));
            assertEquals(200, status(server, "/v1/models", host, "Sec-Fetch-Site: same-origin"));
            for (String header :
                    List.of(
                            "Origin: http://evil.example",
                            "Origin: null",
                            "Origin: http://localhost:" + (port + 1),
                            "Sec-Fetch-Site: cross-site",
                            "Sec-Fetch-Site: same-site")) {
                String answer = answer(server, "/v1/models", host, header);
                assertEquals(403, RawClient.status(answer), header);
                assertFalse(answer.toLowerCase(java.util.Locale.ROOT).contains("access-control"));
            }
            assertEquals(
                    200, status(server, "/", host, "Sec-Fetch-Site: cross-site"), "a link to us");
        }
    }

    @Test
    void preflightsAreRefused() throws IOException {
        try (Server server = server(ServerSettings.DEFAULT);
                var raw = new RawClient(server)) {
            String answer =
                    raw.send(
                                    """
                                    OPTIONS /v1/completions HTTP/1.1
                                    Host: localhost
                                    Origin: http://evil.example
                                    Access-Control-Request-Method: POST
                                    Connection: close

                                    """
                                            .replace("\n", "\r\n"))
                            .rest();
            assertEquals(403, RawClient.status(answer));
            assertFalse(answer.toLowerCase(java.util.Locale.ROOT).contains("access-control"));
        }
    }

    @Test
    void keysAreNeededWhereTheyAreSet() throws IOException {
        ApiKeys keys = ApiKeys.of(List.of(KEY, "another-key-of-20-chars"));
        try (Server server = server(ServerSettings.DEFAULT.withKeys(keys))) {
            for (String wrong :
                    List.of(
                            "X-None: 1",
                            "Authorization: Bearer ",
                            "Authorization: Bearer sk-0123456789abcde",
                            "Authorization: Bearer sk-0123456789abcdef0",
                            "Authorization: Basic " + KEY,
                            "Authorization: " + KEY,
                            "Authorization: Bearer " + "k".repeat(20_000))) {
                for (String path : List.of("/v1/models", "/metrics")) {
                    String answer = answer(server, path, "Host: localhost", wrong);
                    assertEquals(401, RawClient.status(answer), wrong);
                    assertTrue(answer.contains("invalid_api_key"));
                    assertTrue(answer.length() < 1500);
                }
            }
            String right = "Authorization: Bearer " + KEY;
            assertEquals(200, status(server, "/v1/models", "Host: localhost", right));
            assertEquals(
                    200,
                    status(
                            server,
                            "/v1/models",
                            "Host: localhost",
                            "Authorization: bearer another-key-of-20-chars"));
            assertEquals(200, status(server, "/health", "Host: localhost"));
            assertEquals(200, status(server, "/", "Host: localhost"));
            assertEquals(400, status(server, "/v1/models", "Host: localhost", right, right));
        }
    }

    @Test
    void withoutAKeyAnyAuthorizationIsIgnored() throws IOException {
        try (Server server = server(ServerSettings.DEFAULT)) {
            assertEquals(
                    200,
                    status(server, "/v1/models", "Host: localhost", "Authorization: nonsense"));
        }
    }

    @Test
    void otherAddressesNeedAKeyOrTheSecondWord() throws IOException {
        ServerSettings all = ServerSettings.DEFAULT.withHost("0.0.0.0");
        assertThrows(IllegalArgumentException.class, () -> server(all));
        server(all.withOpenToAll(true)).close();
        try (Server server = server(all.withKeys(ApiKeys.of(List.of(KEY))))) {
            assertEquals(200, status(server, "/health", "Host: 192.168.0.7:8080"));
            assertEquals(403, status(server, "/health", "Host: evil.example"));
        }
    }

    @Test
    void keysAreReadFromFiles(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("keys");
        Files.writeString(file, "# ours\n\n" + KEY + "\n");
        assertTrue(ApiKeys.read(file).areNeeded());
        assertEquals(0, ApiKeys.read(file).find(KEY).orElseThrow());
        assertTrue(ApiKeys.read(file).find("# ours").isEmpty());
        for (String bad : List.of("", "# none\n", "short\n", "a key with blanks in it\n")) {
            Files.writeString(file, bad);
            var refused =
                    assertThrows(IllegalArgumentException.class, () -> ApiKeys.read(file), bad);
            assertTrue(String.valueOf(refused.getMessage()).startsWith(file.toString()));
        }
    }
}
