package io.tornadogpt.sampler;

import io.tornadogpt.core.model.EndTokens;
import io.tornadogpt.tokenizer.StreamDecoder;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.tokenizer.UnencodableTextException;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;

/// Continues text with a model and its tokenizer. Text streams out in whole characters, also where
/// a token ends in the middle of one.
///
/// ```java
/// try (var generator = Generator.open(Backends.named("cpu"), model, weights)) {
///     var options = new GenerationOptions(SamplingOptions.DEFAULT, 200, 42);
///     new TextGenerator(generator, tokenizer)
///             .generate("public class ", options, System.out::print);
/// }
/// ```
///
/// A sequence ends at the tokenizer's end tokens too, where it has any, and at those of the model's
/// configuration.
///
/// Used by one thread at a time, as its generator is.
public final class TextGenerator {
    private final Generator generator;
    private final Tokenizer tokenizer;
    private final List<String> stopStrings;

    /// @throws IllegalArgumentException if the tokenizer knows more tokens than the model, apart
    ///   from added ones, which are refused where a text needs them
    public TextGenerator(Generator generator, Tokenizer tokenizer) {
        this(generator, tokenizer, List.of());
    }

    private TextGenerator(Generator generator, Tokenizer tokenizer, List<String> stopStrings) {
        tokenizer.requireRows(generator.model().config().vocabulary());
        this.generator = generator;
        this.tokenizer = tokenizer;
        this.stopStrings = stopStrings;
    }

    /// A generator whose texts end before any of these strings; they are not printed. The prompt
    /// may hold them.
    public TextGenerator stoppingAt(List<String> strings) {
        if (strings.contains("")) {
            throw new IllegalArgumentException(
                    "a stop string is empty; expected at least one character");
        }
        return new TextGenerator(generator, tokenizer, List.copyOf(strings));
    }

    /// Continues one prompt and hands the text out as it comes.
    ///
    /// @param prompt ordinary text; an empty one starts as [#tokens] says
    /// @throws UnencodableTextException if the tokenizer has no token for a character of the prompt
    public GeneratedText generate(String prompt, GenerationOptions options, Consumer<String> out) {
        TextListener listener =
                (sequence, text) -> {
                    out.accept(text);
                    return true;
                };
        return generate(List.of(tokens(prompt)), options, listener).getFirst();
    }

    /// Continues prompts together; for several samples of one prompt give it several times.
    ///
    /// @param prompts token ids, as of [#tokens]
    public List<GeneratedText> generate(
            List<int[]> prompts, GenerationOptions options, TextListener listener) {
        var numbered = new ArrayList<Prompt>();
        for (int[] prompt : prompts) {
            int number = options.firstSequence() + numbered.size();
            numbered.add(new Prompt(prompt, options.withFirstSequence(number)));
        }
        return generate(numbered, listener);
    }

    /// Continues prompts together, each with options of its own.
    public List<GeneratedText> generate(List<Prompt> prompts, TextListener listener) {
        var streams = new ArrayList<Stream>();
        var extended = new ArrayList<Prompt>();
        for (Prompt prompt : prompts) {
            streams.add(new Stream(streams.size(), listener));
            extended.add(new Prompt(prompt.tokens(), extended(prompt.options())));
        }
        List<Generation> generations =
                generator.generate(extended, (i, token) -> streams.get(i).push(token));
        List<GeneratedText> texts = new ArrayList<>();
        for (int i = 0; i < streams.size(); i++) {
            texts.add(streams.get(i).finish(generations.get(i)));
        }
        return texts;
    }

    /// The tokens of a prompt. An empty one becomes the end-of-text token, which separates
    /// documents in training, or a newline where the tokenizer has none.
    ///
    /// @throws UnencodableTextException if the tokenizer has no token for a character of the prompt
    public int[] tokens(String prompt) {
        int rows = generator.model().config().vocabulary();
        if (!prompt.isEmpty()) {
            int[] tokens = tokenizer.encode(prompt);
            tokenizer.requireRows(rows, tokens);
            return tokens;
        }
        OptionalInt endOfText = tokenizer.endOfText();
        if (endOfText.isPresent() && endOfText.getAsInt() < rows) {
            return new int[] {endOfText.getAsInt()};
        }
        try {
            return tokenizer.encode("\n");
        } catch (UnencodableTextException e) {
            throw new IllegalArgumentException(
                    "the prompt is empty, and the tokenizer has neither an end-of-text token nor a"
                            + " newline to start from; give a prompt",
                    e);
        }
    }

    /// The options with what model and tokenizer know: the tokens that end a text, and that a model
    /// may have more logits than there are tokens, its vocabulary rounded up.
    private GenerationOptions extended(GenerationOptions options) {
        Set<Integer> endTokens = new HashSet<>(options.endTokens());
        endTokens.addAll(EndTokens.of(generator.model().config()));
        endTokens.addAll(tokenizer.endTokens());
        int known = tokenizer.vocabularySize();
        GenerationOptions extended = options.withEndTokens(endTokens);
        if (known >= generator.model().config().vocabulary()) {
            return extended;
        }
        return extended.withSampling(options.sampling().after(new KnownTokens(known)));
    }

    /// The text of one sequence as it grows.
    private final class Stream {
        private final int sequence;
        private final TextListener listener;
        private final StreamDecoder decoder = tokenizer.streamDecoder();
        private final StopScanner scanner = new StopScanner(stopStrings);
        private final StringBuilder text = new StringBuilder();
        private boolean open = true;

        Stream(int sequence, TextListener listener) {
            this.sequence = sequence;
            this.listener = listener;
        }

        boolean push(int token) {
            emit(scanner.push(decoder.push(token)));
            return open && scanner.found().isEmpty();
        }

        GeneratedText finish(Generation generation) {
            emit(scanner.push(decoder.finish()));
            emit(scanner.finish());
            return new GeneratedText(text.toString(), generation, scanner.found());
        }

        private void emit(String piece) {
            if (open && !piece.isEmpty()) {
                text.append(piece);
                open = listener.accept(sequence, piece);
            }
        }
    }
}
