package io.tornadogpt.chat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Objects;

/// What the scripts in `src/test/python` wrote.
final class Resources {

    /// The time at which the scripts let templates render.
    static final Clock CLOCK =
            Clock.fixed(
                    LocalDateTime.of(2026, 1, 2, 3, 4, 5, 678_901_000).toInstant(ZoneOffset.UTC),
                    ZoneOffset.UTC);

    private Resources() {}

    static String text(String name) {
        try (InputStream in = Resources.class.getResourceAsStream(name)) {
            return new String(
                    Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static JsonNode json(String name) {
        try {
            return new ObjectMapper().readTree(text(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Spans as Python counts them, in code points, in Python's notation.
    static String spans(Rendered rendered) {
        List<String> spans =
                rendered.assistant().stream()
                        .map(
                                span ->
                                        "["
                                                + rendered.text().codePointCount(0, span.start())
                                                + ", "
                                                + rendered.text().codePointCount(0, span.end())
                                                + "]")
                        .toList();
        return spans.toString();
    }
}
