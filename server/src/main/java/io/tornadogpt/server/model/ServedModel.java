package io.tornadogpt.server.model;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.sampler.engine.Engine;
import io.tornadogpt.sampler.engine.EngineSettings;
import io.tornadogpt.tokenizer.Tokenizer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/// A model that clients ask for by its name.
///
/// @param name what clients call it
/// @param engine answers requests; opened with the tokenizer
/// @param tokenizer the model's
/// @param chat how conversations become text; without it there are no chats
/// @param embedder makes vectors of texts; without it there are none
/// @param created when its files were written, in seconds since 1970
public record ServedModel(
        String name,
        Engine engine,
        Tokenizer tokenizer,
        Optional<ChatFormat> chat,
        Optional<TextEmbedder> embedder,
        long created)
        implements AutoCloseable {

    /// Opens a model directory, its tokenizer and its chat template.
    ///
    /// @throws IOException if files are missing or malformed
    public static ServedModel load(
            String name, Path directory, Backend backend, EngineSettings settings)
            throws IOException {
        Tokenizer tokenizer = Tokenizer.load(directory);
        Optional<ChatFormat> chat = ChatFormat.in(directory);
        Engine engine = Engine.load(directory, backend, settings.withTokenizer(tokenizer));
        return new ServedModel(
                name,
                engine,
                tokenizer,
                chat,
                Optional.empty(),
                java.nio.file.Files.getLastModifiedTime(directory).toMillis() / 1000);
    }

    @Override
    public void close() {
        engine.close();
        embedder.ifPresent(TextEmbedder::close);
    }
}
