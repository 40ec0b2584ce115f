package io.tornadogpt.sampler;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.model.EndTokens;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.tokenizer.Tokenizer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.Consumer;

/// A model and its tokenizer, ready to write:
///
/// ```java
/// try (var gpt = Gpt.load(Path.of("my-model"))) {
///     System.out.println(gpt.complete("Once upon a time"));
/// }
/// ```
///
/// Texts end where the model's files say that a text ends, or after
/// [GenerationOptions#maxNewTokens]. [#generator] and [#tokenizer] are what it is made of, for all
/// that is not said here.
///
/// Used by one thread at a time; [io.tornadogpt.sampler.engine.Engine] serves many.
public final class Gpt implements AutoCloseable {
    /// nanoGPT's choice of tokens, 200 at most.
    public static final GenerationOptions DEFAULT_OPTIONS =
            new GenerationOptions(SamplingOptions.DEFAULT, 200, 1337);

    private final Generator generator;
    private final Tokenizer tokenizer;
    private final Set<Integer> endTokens;

    private Gpt(Generator generator, Tokenizer tokenizer, Set<Integer> endTokens) {
        this.generator = generator;
        this.tokenizer = tokenizer;
        this.endTokens = endTokens;
    }

    /// Opens a model directory with the tokenizer in it, on this machine's processor.
    ///
    /// @throws IOException if files are missing or malformed
    public static Gpt load(Path directory) throws IOException {
        return load(directory, Backends.standard(), GeneratorSettings.DEFAULT);
    }

    /// As [#load(Path)], on another device or with other settings.
    ///
    /// @throws IOException if files are missing or malformed
    public static Gpt load(Path directory, Backend backend, GeneratorSettings settings)
            throws IOException {
        return load(StoredModel.open(directory), Tokenizer.load(directory), backend, settings);
    }

    /// Opens a model directory with the tokenizer in it, and an adapter of the model in PEFT's
    /// layout, on this machine's processor.
    ///
    /// @throws IOException if files are missing or malformed, or the adapter is for another model
    public static Gpt load(Path directory, Path adapter) throws IOException {
        return load(
                StoredModel.open(directory, adapter),
                Tokenizer.load(directory),
                Backends.standard(),
                GeneratorSettings.DEFAULT);
    }

    private static Gpt load(
            StoredModel stored, Tokenizer tokenizer, Backend backend, GeneratorSettings settings)
            throws IOException {
        Set<Integer> endTokens = EndTokens.of(stored.path(), stored.config());
        Model model = stored.model();
        Generator generator =
                Generator.open(backend, model, settings, session -> stored.load(model, session));
        return new Gpt(generator, tokenizer, endTokens);
    }

    /// Continues a text.
    ///
    /// @return what comes after it
    public String complete(String prompt) {
        return complete(prompt, DEFAULT_OPTIONS);
    }

    /// Continues a text.
    ///
    /// @return what comes after it
    public String complete(String prompt, GenerationOptions options) {
        return complete(prompt, options, piece -> {}).text();
    }

    /// Continues a text and hands out what comes after it as it comes.
    public GeneratedText complete(String prompt, GenerationOptions options, Consumer<String> out) {
        return new TextGenerator(generator, tokenizer)
                .generate(prompt, options.withMoreEndTokens(endTokens), out);
    }

    public Generator generator() {
        return generator;
    }

    public Tokenizer tokenizer() {
        return tokenizer;
    }

    /// The tokens that end a text, as the model's files tell.
    public Set<Integer> endTokens() {
        return endTokens;
    }

    /// Gives the memory back.
    @Override
    public void close() {
        generator.close();
    }
}
