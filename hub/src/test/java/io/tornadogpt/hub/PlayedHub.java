package io.tornadogpt.hub;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// A small server on this machine that answers as a hub does.
final class PlayedHub implements AutoCloseable {
    static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

    /// A request as it came.
    record Asked(String path, Map<String, String> headers) {
        String token() {
            return headers.getOrDefault("authorization", "");
        }
    }

    final Map<String, byte[]> files = new LinkedHashMap<>();
    final Map<String, String> hashes = new LinkedHashMap<>(); // where they are to be wrong
    final List<Asked> asked = Collections.synchronizedList(new ArrayList<>());
    volatile String redirect = ""; // where large files lie
    volatile int cutAfter = Integer.MAX_VALUE; // bytes of a body, once
    volatile int status; // of every answer, 0 for what is right

    private final ServerSocket server;

    PlayedHub() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::serve);
    }

    URI address() {
        return URI.create("http://127.0.0.1:" + server.getLocalPort());
    }

    private void serve() {
        while (true) {
            try {
                Socket socket = server.accept();
                Thread.ofVirtual().start(() -> answer(socket));
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    private void answer(Socket open) {
        try (Socket socket = open) {
            var in =
                    new BufferedReader(
                            new InputStreamReader(
                                    socket.getInputStream(), StandardCharsets.ISO_8859_1));
            String path = in.readLine().split(" ")[1];
            Map<String, String> headers = new TreeMap<>();
            for (String line = in.readLine(); !line.isEmpty(); line = in.readLine()) {
                int colon = line.indexOf(':');
                headers.put(
                        line.substring(0, colon).toLowerCase(Locale.ROOT),
                        line.substring(colon + 1).strip());
            }
            asked.add(new Asked(path, headers));
            OutputStream out = socket.getOutputStream();
            if (status != 0) {
                send(out, status, "", new byte[0]);
            } else if (path.startsWith("/api/models/")) {
                send(out, 200, "", listing());
            } else {
                file(out, path, headers);
            }
        } catch (IOException e) {
            // the client went away, as tests have it
        }
    }

    private void file(OutputStream out, String path, Map<String, String> headers)
            throws IOException {
        String name = path.substring(path.indexOf("/", path.indexOf(COMMIT)) + 1);
        byte[] content = files.get(name);
        if (content == null) {
            send(out, 404, "", new byte[0]);
        } else if (!redirect.isEmpty() && isLarge(name)) {
            send(out, 302, "Location: " + redirect + path + "\r\n", new byte[0]);
        } else if (headers.containsKey("range")) {
            String range = headers.get("range");
            int from = Integer.parseInt(range.substring("bytes=".length(), range.length() - 1));
            String rest =
                    "Content-Range: bytes %d-%d/%d\r\n"
                            .formatted(from, content.length - 1, content.length);
            send(out, 206, rest, java.util.Arrays.copyOfRange(content, from, content.length));
        } else {
            send(out, 200, "", content);
        }
    }

    private void send(OutputStream out, int code, String headers, byte... body) throws IOException {
        var all = new ByteArrayOutputStream();
        all.writeBytes(
                "HTTP/1.1 %d -\r\nConnection: close\r\nContent-Length: %d\r\n%s\r\n"
                        .formatted(code, body.length, headers)
                        .getBytes(StandardCharsets.ISO_8859_1));
        int sent = Math.min(body.length, cutAfter);
        if (sent < body.length) {
            cutAfter = Integer.MAX_VALUE;
        }
        all.write(body, 0, sent);
        out.write(all.toByteArray());
        out.flush();
    }

    private static boolean isLarge(String name) {
        return name.endsWith(".safetensors");
    }

    private byte[] listing() {
        var siblings = new ArrayList<String>();
        files.forEach(
                (name, content) -> {
                    String blob = hashes.getOrDefault(name, gitHash(content));
                    String sha = hashes.getOrDefault(name, hash("SHA-256", content));
                    String lfs =
                            isLarge(name)
                                    ? ", \"lfs\": {\"sha256\": \"%s\", \"size\": %d}"
                                            .formatted(sha, content.length)
                                    : "";
                    siblings.add(
                            "{\"rfilename\": \"%s\", \"size\": %d, \"blobId\": \"%s\"%s}"
                                    .formatted(
                                            name.replace("\\", "\\\\"),
                                            content.length,
                                            isLarge(name) ? gitHash(content) : blob,
                                            lfs));
                });
        return "{\"sha\": \"%s\", \"siblings\": [%s]}"
                .formatted(COMMIT, String.join(", ", siblings))
                .getBytes(StandardCharsets.UTF_8);
    }

    static String gitHash(byte... content) {
        var all = new ByteArrayOutputStream();
        all.writeBytes(("blob " + content.length + "\0").getBytes(StandardCharsets.US_ASCII));
        all.writeBytes(content);
        return hash("SHA-1", all.toByteArray());
    }

    static String hash(String algorithm, byte... content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(content));
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
