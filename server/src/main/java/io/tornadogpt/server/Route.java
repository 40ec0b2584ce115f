package io.tornadogpt.server;

import io.tornadogpt.server.page.Page;

import org.jspecify.annotations.Nullable;

/// What there is, by its path. Paths are compared as they were sent: there are no others that mean
/// the same.
enum Route {
    HEALTH("GET", "/health"),
    METRICS("GET", "/metrics"),
    MODELS("GET", "/v1/models"),
    MODEL("GET", "/v1/models/"), // a name follows
    COMPLETIONS("POST", "/v1/completions"),
    CHAT("POST", "/v1/chat/completions"),
    EMBEDDINGS("POST", "/v1/embeddings"),
    PAGE("GET", "/"),
    NONE("", "none");

    private final String method;
    private final String path;

    Route(String method, String path) {
        this.method = method;
        this.path = path;
    }

    static Route of(@Nullable String sent) {
        if (sent == null) {
            return NONE;
        }
        if (Page.has(sent)) {
            return PAGE;
        }
        for (Route route : values()) {
            boolean named = route == MODEL && sent.startsWith(route.path);
            if (route != PAGE && (sent.equals(route.path) || named)) {
                return route;
            }
        }
        return NONE;
    }

    /// The method of HTTP.
    String method() {
        return method;
    }

    String path() {
        return path;
    }

    /// The path, for counting.
    String label() {
        return path;
    }
}
