package io.tornadogpt.hub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;

@Timeout(60)
class HubTest {
    private static final RepositoryName MODEL = new RepositoryName("owner/tiny");
    private static final byte[] WEIGHTS = new byte[300_000];

    @TempDir Path folder;
    private PlayedHub hub;

    @BeforeEach
    void fill() throws IOException {
        new Random(5).nextBytes(WEIGHTS);
        hub = new PlayedHub();
        hub.files.put("config.json", "{\"model_type\": \"gpt2\"}".getBytes(StandardCharsets.UTF_8));
        hub.files.put("tokenizer.json", "{}".getBytes(StandardCharsets.UTF_8));
        hub.files.put("model.safetensors", WEIGHTS);
        hub.files.put("pytorch_model.bin", new byte[] {1});
        hub.files.put("modeling_gpt2.py", new byte[] {2});
        hub.files.put("onnx/config.json", new byte[] {3});
        hub.files.put("model-00001-of-00002.safetensors", new byte[] {4});
        hub.files.put("consolidated.00.safetensors", new byte[] {5});
        hub.files.put("chat_template.jinja", "{{ 1 }}".getBytes(StandardCharsets.UTF_8));
    }

    @AfterEach
    void close() throws IOException {
        hub.close();
    }

    private HubSettings settings(@Nullable String token) {
        return new HubSettings(hub.address(), folder.resolve("hub"), token, false);
    }

    private Path download() throws IOException {
        return new Hub(settings(null)).download(MODEL, "main", new Hub.Progress() {});
    }

    private String refusal() {
        var e = assertThrows(HubException.class, this::download);
        String message = String.valueOf(e.getMessage());
        assertEquals(1, message.lines().count(), message);
        assertFalse(Files.exists(folder.resolve("hub/models--owner--tiny/refs/main")), message);
        return message;
    }

    private static Set<String> names(Path snapshot) throws IOException {
        try (Stream<Path> files = Files.list(snapshot)) {
            return new HashSet<>(files.map(file -> file.getFileName().toString()).toList());
        }
    }

    @Test
    void filesThatAreReadAreFetchedAndLieAsInHuggingFacesCache() throws IOException {
        Path snapshot = download();
        Path own = folder.resolve("hub/models--owner--tiny");
        assertEquals(own.resolve("snapshots").resolve(PlayedHub.COMMIT), snapshot);
        assertEquals(
                Set.of("config.json", "tokenizer.json", "model.safetensors", "chat_template.jinja"),
                names(snapshot));
        assertEquals(PlayedHub.COMMIT, Files.readString(own.resolve("refs/main")));
        assertArrayEquals(WEIGHTS, Files.readAllBytes(snapshot.resolve("model.safetensors")));
        assertEquals(
                Path.of("../../blobs", PlayedHub.hash("SHA-256", WEIGHTS)),
                Files.readSymbolicLink(snapshot.resolve("model.safetensors")));
        assertEquals(
                Path.of("../../blobs", PlayedHub.gitHash(hub.files.get("config.json"))),
                Files.readSymbolicLink(snapshot.resolve("config.json")));
        assertEquals(
                snapshot, new HubCache(folder.resolve("hub")).find(MODEL, "main").orElseThrow());
        int before = hub.asked.size();
        download();
        assertEquals(before + 1, hub.asked.size(), "the second time only the commit is asked for");
    }

    @Test
    void shardsAreFetchedWhereThereIsNoSingleFile() throws IOException {
        hub.files.remove("model.safetensors");
        hub.files.put("model.safetensors.index.json", "{}".getBytes(StandardCharsets.UTF_8));
        assertTrue(
                names(download())
                        .containsAll(
                                Set.of(
                                        "model-00001-of-00002.safetensors",
                                        "model.safetensors.index.json")));
    }

    @Test
    void downloadThatBreaksOffIsGoneOnWith() throws IOException {
        hub.cutAfter = 100_000; // the listing and small files are shorter
        Path snapshot = download();
        assertArrayEquals(WEIGHTS, Files.readAllBytes(snapshot.resolve("model.safetensors")));
        assertTrue(
                hub.asked.stream().anyMatch(a -> "bytes=100000-".equals(a.headers().get("range"))),
                hub.asked.toString());
    }

    @Test
    void whatAnInterruptedProcessLeftIsGoneOnWith() throws IOException {
        Path blobs = Files.createDirectories(folder.resolve("hub/models--owner--tiny/blobs"));
        String hash = PlayedHub.hash("SHA-256", WEIGHTS);
        Files.write(blobs.resolve(hash + ".incomplete"), java.util.Arrays.copyOf(WEIGHTS, 250_000));
        Path snapshot = download();
        assertArrayEquals(WEIGHTS, Files.readAllBytes(snapshot.resolve("model.safetensors")));
        assertTrue(
                hub.asked.stream().anyMatch(a -> "bytes=250000-".equals(a.headers().get("range"))));
    }

    @ParameterizedTest
    @CsvSource({
        "model.safetensors, 00000000000000000000000000000000000000000000000000000000000000ff",
        "config.json, 00000000000000000000000000000000000000ff"
    })
    void contentWithAnotherHashIsDiscarded(String name, String hash) throws IOException {
        hub.hashes.put(name, hash);
        assertTrue(refusal().contains(name + " of owner/tiny does not have the hash"), refusal());
        try (Stream<Path> blobs = Files.list(folder.resolve("hub/models--owner--tiny/blobs"))) {
            assertFalse(blobs.anyMatch(blob -> blob.endsWith(hash)));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../evil.json",
                "a/../../evil.json",
                "/etc/evil.json",
                "c:evil.json",
                "a\\evil.json"
            })
    void nameThatLeavesTheFolderIsRefused(String name) throws IOException {
        hub.files.put(name, "x".getBytes(StandardCharsets.UTF_8));
        assertTrue(refusal().contains("would lie outside of its folder"), refusal());
        try (Stream<Path> all = Files.walk(folder)) {
            assertFalse(all.anyMatch(file -> file.toString().contains("evil")));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"..", "a/b/c", "a--b", "/a", "a/", "-a", "a b", "a/..", "", "a%2f..", "C:x"})
    void whatIsNoNameOfARepositoryIsRefused(String name) {
        assertThrows(IllegalArgumentException.class, () -> new RepositoryName(name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"../../x", "..", ".", "a/../../../x"})
    void revisionIsNoPath(String revision) {
        var cache = new HubCache(folder);
        assertThrows(IllegalArgumentException.class, () -> cache.find(MODEL, revision));
    }

    @Test
    void tokenGoesToTheEndpointAndIsDroppedOnARedirectToAnotherHost() throws IOException {
        try (var store = new PlayedHub()) {
            store.files.putAll(hub.files);
            hub.redirect = store.address().toString();
            new Hub(settings("secret")).download(MODEL, "main", new Hub.Progress() {});
            assertTrue(hub.asked.stream().allMatch(a -> a.token().equals("Bearer secret")));
            assertTrue(store.asked.stream().anyMatch(a -> a.path().contains("model.safetensors")));
            assertTrue(store.asked.stream().allMatch(a -> a.token().isEmpty()));
        }
    }

    @Test
    void tokenStaysAtHomeWhereAnAddressIsNotEncrypted() {
        var plain = new HubSettings(URI.create("http://hub.example"), folder, "secret", false);
        assertFalse(plain.mayKnow(URI.create("http://hub.example/x")));
        var hubs = new HubSettings(URI.create("https://hub.example"), folder, "secret", false);
        assertTrue(hubs.mayKnow(URI.create("https://hub.example:443/x")));
        assertFalse(hubs.mayKnow(URI.create("https://hub.example.evil/x")));
        assertFalse(hubs.mayKnow(URI.create("https://hub.example:8443/x")));
        assertFalse(hubs.mayKnow(URI.create("http://hub.example/x")));
        assertFalse(hubs.toString().contains("secret"));
    }

    @Test
    void offlineUsesTheCacheAndSaysWhatIsMissing() throws IOException {
        var offline = new HubSettings(hub.address(), folder.resolve("hub"), null, true);
        var e =
                assertThrows(
                        HubException.class,
                        () -> new Hub(offline).download(MODEL, "main", new Hub.Progress() {}));
        assertTrue(String.valueOf(e.getMessage()).contains("HF_HUB_OFFLINE"), e.getMessage());
        Path snapshot = download();
        int before = hub.asked.size();
        assertEquals(snapshot, new Hub(offline).download(MODEL, "main", new Hub.Progress() {}));
        assertEquals(before, hub.asked.size());
    }

    @Test
    void hubThatCannotBeReachedIsNamed() throws IOException {
        hub.close();
        assertTrue(refusal().contains("127.0.0.1 cannot be reached"), refusal());
    }

    @ParameterizedTest
    @CsvSource({
        "401, HF_TOKEN",
        "403, HF_TOKEN",
        "404, has no model owner/tiny",
        "429, too often",
        "503, status 503"
    })
    void answersOfAHubBecomeSentences(int status, String expected) {
        hub.status = status;
        assertTrue(refusal().contains(expected), refusal());
    }

    @Test
    void modelsInPicklesAreNotFetched() {
        hub.files.remove("model.safetensors");
        hub.files.remove("model-00001-of-00002.safetensors");
        hub.files.remove("consolidated.00.safetensors");
        assertTrue(refusal().contains("can run code and are not fetched"), refusal());
    }

    @Test
    void environmentSaysWhereAndAsWhom() throws IOException {
        Path home = folder.resolve("home");
        var plain = HubSettings.of(Map.of(), home);
        assertEquals("https", plain.endpoint().getScheme());
        assertEquals(home.resolve(".cache/huggingface/hub"), plain.cache());
        Files.createDirectories(home.resolve("hf"));
        Files.writeString(home.resolve("hf/token"), "kept\n");
        var said =
                HubSettings.of(
                        Map.of(
                                "HF_ENDPOINT",
                                "http://127.0.0.1:1/",
                                "HF_HOME",
                                home.resolve("hf").toString(),
                                "HF_HUB_OFFLINE",
                                "1"),
                        home);
        assertEquals(URI.create("http://127.0.0.1:1"), said.endpoint());
        assertEquals(home.resolve("hf/hub"), said.cache());
        assertEquals("kept", said.token());
        assertTrue(said.offline());
        assertThrows(
                IllegalArgumentException.class,
                () -> HubSettings.of(Map.of("HF_ENDPOINT", "ftp://x"), home));
        assertEquals(
                List.of(), List.copyOf(names(Files.createDirectories(folder.resolve("none")))));
    }
}
