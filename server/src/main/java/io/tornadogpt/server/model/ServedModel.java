package io.tornadogpt.server.model;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.sampler.engine.Engine;
import io.tornadogpt.sampler.engine.EngineSettings;
import io.tornadogpt.tokenizer.Tokenizer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// A model that clients ask for by its name.
///
/// @param name what clients call it
/// @param engine answers requests, and was opened with the tokenizer; empty for a model that makes
///   vectors alone
/// @param tokenizer the model's
/// @param chat how conversations become text; without it there are no chats
/// @param embedder makes vectors of texts; without it there are none
/// @param created when its files were written, in seconds since 1970
public record ServedModel(
        String name,
        Optional<Engine> engine,
        Tokenizer tokenizer,
        Optional<ChatFormat> chat,
        Optional<TextEmbedder> embedder,
        long created)
        implements AutoCloseable {
    private static final long MILLIS = 1000; // of a second

    public ServedModel {
        if (engine.isEmpty() && embedder.isEmpty()) {
            throw new IllegalArgumentException(
                    name
                            + " neither continues texts nor makes vectors; give an engine or an"
                            + " embedder");
        }
    }

    /// Opens a model directory that continues texts, its tokenizer and its chat template.
    ///
    /// @throws IOException if files are missing or malformed
    public static ServedModel load(
            String name, Path directory, Backend backend, EngineSettings settings)
            throws IOException {
        Tokenizer tokenizer = Tokenizer.load(directory);
        Optional<ChatFormat> chat = ChatFormat.in(directory);
        Engine engine = Engine.load(directory, backend, settings.withTokenizer(tokenizer));
        return new ServedModel(
                name, Optional.of(engine), tokenizer, chat, Optional.empty(), written(directory));
    }

    /// When a file was written, in seconds since 1970.
    ///
    /// @throws IOException if it is not there
    public static long written(Path file) throws IOException {
        return Files.getLastModifiedTime(file).toMillis() / MILLIS;
    }

    /// The most tokens of a prompt.
    public int context() {
        return engine.map(Engine::context)
                .or(() -> embedder.map(TextEmbedder::context))
                .orElseThrow();
    }

    @Override
    public void close() {
        engine.ifPresent(Engine::close);
        embedder.ifPresent(TextEmbedder::close);
    }
}
