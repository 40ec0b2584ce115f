package io.tornadogpt.hub;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Fetches the files of a model that are read here into the [HubCache]: weights in safetensors,
/// configuration and tokenizer, never pickles or code.
///
/// A revision is resolved to a commit first, so that all files belong together. Every file is
/// checked by its hash before it gets its name. What an interrupted download left is gone on with.
///
/// Safe for use by several threads and processes.
public final class Hub {
    private static final int MOST_TRIES = 5;
    private static final int MOST_REDIRECTS = 10;
    private static final int LONGEST_ANSWER = 64 << 20;
    private static final int BUFFER = 1 << 16;
    private static final int OK = 200;
    private static final int PARTIAL = 206;
    private static final int NOT_SATISFIABLE = 416;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HubSettings settings;
    private final HubCache cache;
    private final HttpClient client;

    /// Hears how far a download is.
    public interface Progress {
        /// What will be fetched.
        ///
        /// @param files that are not in the cache yet
        /// @param bytes of them
        default void begins(int files, long bytes) {}

        /// A file is fetched.
        ///
        /// @param bytes of it that are there
        default void received(String file, long bytes, long size) {}
    }

    /// A hub, and the cache for what comes from it.
    public Hub(HubSettings settings) {
        this.settings = settings;
        this.cache = new HubCache(settings.cache());
        this.client =
                HttpClient.newBuilder()
                        .followRedirects(HttpClient.Redirect.NEVER)
                        .connectTimeout(Duration.ofSeconds(20))
                        .build();
    }

    /// The files of a commit.
    private record Snapshot(String commit, List<RemoteFile> files) {}

    /// Fetches a model.
    ///
    /// @param revision a branch, a tag or a commit
    /// @return the folder with its files
    /// @throws HubException where it cannot be had
    public Path download(RepositoryName repository, String revision, Progress progress)
            throws IOException {
        Optional<Path> known = cache.find(repository, revision);
        if (settings.offline()) {
            return known.orElseThrow(
                    () ->
                            new HubException(
                                    "%s is not in the cache %s, and HF_HUB_OFFLINE keeps it from being fetched; unset it, or use a model that is there"
                                            .formatted(repository, settings.cache())));
        }
        Snapshot snapshot = look(repository, revision);
        var missing = new ArrayList<RemoteFile>();
        long bytes = 0;
        for (RemoteFile file : snapshot.files) {
            if (!Files.exists(cache.blob(repository, file))) {
                missing.add(file);
                bytes += file.size();
            }
        }
        requireRoom(bytes);
        progress.begins(missing.size(), bytes);
        for (RemoteFile file : snapshot.files) {
            fetch(repository, snapshot.commit, file, progress);
            cache.link(repository, snapshot.commit, file);
        }
        cache.note(repository, revision, snapshot.commit);
        return cache.snapshot(repository, snapshot.commit);
    }

    private void requireRoom(long bytes) throws IOException {
        Files.createDirectories(settings.cache());
        long free = Files.getFileStore(settings.cache()).getUsableSpace();
        if (bytes > free) {
            throw new HubException(
                    "%d bytes are to be fetched, but %s has room for %d; free some space, or let HF_HUB_CACHE name another folder"
                            .formatted(bytes, settings.cache(), free));
        }
    }

    /// Asks which commit a revision is and which files it has.
    private Snapshot look(RepositoryName repository, String revision) throws IOException {
        String path =
                "/api/models/%s/revision/%s?blobs=true"
                        .formatted(repository.text(), quoted(revision));
        JsonNode answer;
        try (InputStream in = get(address(path), 0, repository, revision).body()) {
            byte[] text = in.readNBytes(LONGEST_ANSWER);
            answer = JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new HubException(
                    "%s answered with no JSON; check HF_ENDPOINT".formatted(settings.endpoint()),
                    e);
        }
        String commit = answer.path("sha").asText();
        if (!HubCache.isCommit(commit)) {
            throw new HubException(
                    "%s names no commit for %s at '%s'; check HF_ENDPOINT"
                            .formatted(settings.endpoint(), repository, revision));
        }
        var all = new ArrayList<RemoteFile>();
        for (JsonNode sibling : answer.path("siblings")) {
            JsonNode large = sibling.path("lfs").path("sha256");
            all.add(
                    new RemoteFile(
                            sibling.path("rfilename").asText(),
                            sibling.path("size").asLong(-1),
                            sibling.path("blobId").asText(),
                            large.isTextual() ? large.textValue() : null));
        }
        return new Snapshot(commit, chosen(repository, all));
    }

    private static List<RemoteFile> chosen(RepositoryName repository, List<RemoteFile> all)
            throws HubException {
        for (RemoteFile file : all) {
            if (file.name().contains("..") || file.name().startsWith("/")) {
                file.requireSafe();
            }
        }
        List<RemoteFile> needed = RemoteFile.needed(all);
        for (RemoteFile file : needed) {
            file.requireSafe();
        }
        boolean configured = needed.stream().anyMatch(f -> f.name().equals("config.json"));
        boolean weighted = needed.stream().anyMatch(f -> f.name().endsWith(".safetensors"));
        if (!configured || !weighted) {
            throw new HubException(
                    "%s has no %s, so it is no model that is read here%s"
                            .formatted(
                                    repository,
                                    configured ? "weights in safetensors" : "config.json",
                                    all.stream().anyMatch(f -> f.name().endsWith(".bin"))
                                            ? "; its .bin files can run code and are not fetched"
                                            : ""));
        }
        return needed;
    }

    /// Fetches a file unless it is there; only one process at a time fetches it.
    private void fetch(RepositoryName repository, String commit, RemoteFile file, Progress progress)
            throws IOException {
        Path blob = cache.blob(repository, file);
        if (Files.exists(blob)) {
            return;
        }
        Path partial = blob.resolveSibling(file.hash() + ".incomplete");
        try (FileChannel channel =
                        FileChannel.open(
                                partial,
                                StandardOpenOption.CREATE,
                                StandardOpenOption.READ,
                                StandardOpenOption.WRITE);
                FileLock lock = lock(channel, file)) {
            if (Files.exists(blob) || !lock.isValid()) {
                return;
            }
            receive(channel, repository, commit, file, progress);
            if (!Hashes.of(file, partial).equals(file.hash())) {
                channel.truncate(0);
                throw new HubException(
                        "%s of %s does not have the hash that the hub names; it was discarded: fetch the model again"
                                .formatted(file.name(), repository));
            }
            channel.force(true);
            Files.move(partial, blob, StandardCopyOption.ATOMIC_MOVE);
        }
    }

    private static FileLock lock(FileChannel channel, RemoteFile file) throws IOException {
        try {
            return channel.lock();
        } catch (OverlappingFileLockException e) {
            throw new HubException(
                    file.name() + " is being fetched by another thread; wait for it", e);
        }
    }

    private void receive(
            FileChannel channel,
            RepositoryName repository,
            String commit,
            RemoteFile file,
            Progress progress)
            throws IOException {
        URI address =
                address(
                        "/%s/resolve/%s/%s"
                                .formatted(repository.text(), commit, quotedPath(file.name())));
        for (int attempt = 1; channel.size() < file.size() || attempt == 1; attempt++) {
            if (channel.size() > file.size()) {
                channel.truncate(0);
            }
            try {
                receiveRest(channel, address, repository, commit, file, progress);
                return;
            } catch (HubException e) {
                throw e;
            } catch (IOException e) {
                if (attempt == MOST_TRIES) {
                    throw new HubException(
                            "%s of %s broke off after %d of %d bytes (%s); the same command goes on from there"
                                    .formatted(
                                            file.name(),
                                            repository,
                                            channel.size(),
                                            file.size(),
                                            e.getMessage()),
                            e);
                }
            }
        }
    }

    private void receiveRest(
            FileChannel channel,
            URI address,
            RepositoryName repository,
            String commit,
            RemoteFile file,
            Progress progress)
            throws IOException {
        long at = channel.size();
        if (at == file.size() && at > 0) {
            return;
        }
        HttpResponse<InputStream> response = get(address, at, repository, commit);
        try (InputStream in = response.body()) {
            boolean goesOn =
                    response.statusCode() == PARTIAL
                            && response.headers()
                                    .firstValue("Content-Range")
                                    .orElse("")
                                    .startsWith("bytes " + at + "-");
            if (!goesOn) {
                at = 0;
                channel.truncate(0);
            }
            channel.position(at);
            var buffer = new byte[BUFFER];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                at += n;
                if (at > file.size()) {
                    channel.truncate(0);
                    throw new HubException(
                            "%s of %s is longer than the %d bytes that the hub names; it was discarded"
                                    .formatted(file.name(), repository, file.size()));
                }
                ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, n);
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                progress.received(file.name(), at, file.size());
            }
            if (at < file.size()) {
                throw new IOException("the connection was closed");
            }
        }
    }

    /// Asks for an address, and goes where it leads. The token goes to the endpoint alone.
    ///
    /// @param from the first byte that is wanted
    private HttpResponse<InputStream> get(
            URI address, long from, RepositoryName repository, String revision) throws IOException {
        URI at = address;
        for (int i = 0; i < MOST_REDIRECTS; i++) {
            HttpResponse<InputStream> response = send(at, from);
            int status = response.statusCode();
            if (status == OK || status == PARTIAL) {
                return response;
            }
            response.body().close();
            if (status == NOT_SATISFIABLE && from > 0) {
                return get(address, 0, repository, revision);
            }
            Optional<String> location = response.headers().firstValue("Location");
            if (status < 300 || status >= 400 || location.isEmpty()) {
                throw refused(status, repository, revision);
            }
            URI next = at.resolve(location.get());
            requireEncrypted(at, next);
            at = next;
        }
        throw new HubException(
                "%s leads from one address to the next without end".formatted(address));
    }

    private void requireEncrypted(URI from, URI to) throws HubException {
        boolean plain = !"https".equalsIgnoreCase(to.getScheme());
        boolean samePlain =
                "http".equalsIgnoreCase(from.getScheme())
                        && "http".equalsIgnoreCase(to.getScheme());
        if (to.getHost() == null || (plain && !samePlain)) {
            throw new HubException(
                    "%s leads to %s, which is not encrypted; nothing was fetched from there"
                            .formatted(from.getHost(), to));
        }
    }

    private HttpResponse<InputStream> send(URI address, long from) throws IOException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(address)
                        .timeout(Duration.ofMinutes(1))
                        .header("User-Agent", "tornadogpt");
        if (settings.token() != null && settings.mayKnow(address)) {
            request.header("Authorization", "Bearer " + settings.token());
        }
        if (from > 0) {
            request.header("Range", "bytes=" + from + "-");
        }
        try {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new HubException("the download was interrupted; the same command goes on", e);
        } catch (IOException e) {
            throw new HubException(
                    "%s cannot be reached (%s); check the network and HF_ENDPOINT. Models that were fetched before need neither"
                            .formatted(address.getHost(), reason(e)),
                    e);
        }
    }

    private static String reason(IOException e) {
        String message = e.getMessage();
        return message == null ? e.getClass().getSimpleName() : message;
    }

    private HubException refused(int status, RepositoryName repository, String revision) {
        String host = settings.endpoint().getHost();
        boolean asked = settings.token() != null;
        return new HubException(
                switch (status) {
                    case 401, 403 ->
                            "%s lets %s not have %s; %s"
                                    .formatted(
                                            host,
                                            asked
                                                    ? "the owner of this HF_TOKEN"
                                                    : "nobody without a token",
                                            repository,
                                            asked
                                                    ? "accept the model's terms on its page first"
                                                    : "check the name, and let HF_TOKEN hold a"
                                                            + " token where the model is private or"
                                                            + " has terms");
                    case 404 ->
                            "%s has no model %s with the revision '%s'; check both"
                                    .formatted(host, repository, revision);
                    case 429 -> "%s was asked too often; try again later".formatted(host);
                    default ->
                            "%s answered with status %d; try again later".formatted(host, status);
                });
    }

    private URI address(String path) {
        return URI.create(settings.endpoint() + path);
    }

    private static String quoted(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static String quotedPath(String name) {
        return String.join("/", List.of(name.split("/")).stream().map(Hub::quoted).toList());
    }
}
