package io.tornadogpt.trainer.report;

import io.tornadogpt.core.files.AtomicFile;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Objects;

/// What all pages have in common: one file that loads nothing.
///
/// Its policy lets the browser run and apply nothing but the script and the style that are written
/// here, by their hashes, and load nothing at all: should a text of a run ever come through as
/// markup, it could still do nothing.
final class PageFrame {
    private static final int HEAD_BYTES = 4096;

    private PageFrame() {}

    /// A page.
    ///
    /// @param generator what made it, which stands near its top
    /// @param body writes what is on it
    static String html(String title, String generator, Html html, Runnable body) {
        String style = resource("report.css");
        String script = resource("report.js");
        html.open("html", "lang", "en").open("head");
        html.empty("meta", "charset", "utf-8");
        html.empty("meta", "name", "generator", "content", generator);
        html.empty(
                "meta",
                "http-equiv",
                "Content-Security-Policy",
                "content",
                "default-src 'none'; base-uri 'none'; form-action 'none'; style-src %s; script-src %s"
                        .formatted(hash(style), hash(script)));
        html.empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
        html.empty("meta", "name", "color-scheme", "content", "light dark");
        html.element("title", title);
        html.open("style").verbatim(style).close();
        html.close().open("body").open("main");
        body.run();
        html.close();
        html.open("script").verbatim(script).close();
        return html.close().close().toString();
    }

    /// Writes a page, in place of an earlier one if need be.
    ///
    /// @param kind what it is called where another file stands in its place
    /// @throws IllegalArgumentException where that is so
    static void write(Path file, String html, String generator, String kind) throws IOException {
        if (Files.exists(file) && !isOurs(file, generator)) {
            throw new IllegalArgumentException(
                    "%s exists and is no %s; name another file".formatted(file, kind));
        }
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null) {
            Files.createDirectories(folder);
        }
        AtomicFile.write(file, html.getBytes(StandardCharsets.UTF_8));
    }

    /// Whether a file has that generator near its top, so that no other file is ever overwritten.
    private static boolean isOurs(Path file, String generator) throws IOException {
        if (!Files.isRegularFile(file)) {
            return false;
        }
        try (var in = Files.newInputStream(file)) {
            String head = new String(in.readNBytes(HEAD_BYTES), StandardCharsets.UTF_8);
            return head.contains("<meta name=\"generator\" content=\"" + generator + "\"/>");
        }
    }

    private static String resource(String name) {
        try (InputStream in = PageFrame.class.getResourceAsStream(name)) {
            return new String(
                    Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The name by which a page's policy admits a style or script.
    private static String hash(String source) {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256")
                            .digest(source.getBytes(StandardCharsets.UTF_8));
            return "'sha256-" + Base64.getEncoder().encodeToString(digest) + "'";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
