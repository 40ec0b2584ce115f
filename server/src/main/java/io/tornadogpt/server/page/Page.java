package io.tornadogpt.server.page;

import com.sun.net.httpserver.HttpExchange;

import io.tornadogpt.server.http.ApiException;
import io.tornadogpt.server.http.Call;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;

/// The files of the page to chat on. They are few and known by name: no path leads anywhere else.
public final class Page {
    /// Nothing but what comes from here is loaded or called, no script or style that stands in the
    /// page is run, and no other page may frame it.
    private static final String POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
                    + " connect-src 'self'; base-uri 'none'; form-action 'none';"
                    + " frame-ancestors 'none'; require-trusted-types-for 'script';"
                    + " trusted-types dompurify";

    private static final String SCRIPT = "text/javascript; charset=utf-8";

    private record File(String name, String type) {}

    private static final Map<String, File> FILES =
            Map.of(
                    "/", new File("index.html", "text/html; charset=utf-8"),
                    "/page.css", new File("page.css", "text/css; charset=utf-8"),
                    "/page.js", new File("page.js", SCRIPT),
                    "/conversations.js", new File("conversations.js", SCRIPT),
                    "/api.js", new File("api.js", SCRIPT),
                    "/markdown.js", new File("markdown.js", SCRIPT),
                    "/marked.js", new File("marked.js", SCRIPT),
                    "/purify.js", new File("purify.js", SCRIPT),
                    "/licenses.txt", new File("licenses.txt", "text/plain; charset=utf-8"),
                    "/favicon.svg", new File("favicon.svg", "image/svg+xml"));

    private Page() {}

    /// Whether there is a file at a path.
    public static boolean has(String path) {
        return FILES.containsKey(path);
    }

    /// Sends the file that a request names.
    public static void answer(HttpExchange exchange, Call call) throws IOException {
        String method = exchange.getRequestMethod();
        if (!method.equals("GET") && !method.equals("HEAD")) {
            call.header("Allow", "GET, HEAD");
            throw ApiException.of(405, "method_not_allowed", "this path takes GET alone");
        }
        File file = FILES.get(exchange.getRequestURI().getRawPath());
        if (file == null) {
            throw ApiException.of(404, "not_found", "there is nothing here");
        }
        call.header("Content-Security-Policy", POLICY);
        call.header("Cross-Origin-Opener-Policy", "same-origin");
        call.header("Cache-Control", "no-cache");
        call.answer(200, file.type(), bytes(file));
    }

    private static byte[] bytes(File file) {
        try (InputStream in = Page.class.getResourceAsStream(file.name())) {
            if (in == null) {
                throw new IllegalStateException(file.name() + " is missing in this module");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
