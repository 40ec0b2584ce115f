package io.tornadogpt.examples;

import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.model.GptConfig;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.sampler.Generation;
import io.tornadogpt.sampler.GenerationOptions;
import io.tornadogpt.sampler.Generator;
import io.tornadogpt.sampler.GeneratorSettings;
import io.tornadogpt.sampler.SamplingOptions;
import io.tornadogpt.tokenizer.CharTokenizer;
import io.tornadogpt.tokenizer.Tokenizer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/// Sums for the examples that learn to add: a text to be continued by another.
///
/// @param question digits
/// @param answer digits too
record Sums(String question, String answer) {
    private static final int NUMBERS = 100;
    private static final int DIGITS = 6;
    private static final int HEADS = 4;
    private static final int TOGETHER = 64;
    private static final int LONGEST_ANSWER = 4;

    /// Tokens of a question, an answer and its end.
    private static final int BLOCK = 8;

    /// All 10,000 sums of two numbers below 100, in an order that the seed decides. They are
    /// written as minGPT writes them: "8550" stands for 85 + 50, and the answer is "531", the
    /// digits of 135 from the last to the first, the way one adds by hand.
    static List<Sums> ofTwoNumbers(long seed) {
        var all = new ArrayList<Sums>();
        for (int a = 0; a < NUMBERS; a++) {
            for (int b = 0; b < NUMBERS; b++) {
                String sum = "%03d".formatted(a + b);
                String backwards = new StringBuilder(sum).reverse().toString();
                all.add(new Sums("%02d%02d".formatted(a, b), backwards));
            }
        }
        Collections.shuffle(all, new Random(seed));
        return all;
    }

    /// All 1,296 sums of four digits from 0 to 5, in an order that the seed decides: "3041" is to
    /// be continued by "08".
    static List<Sums> ofFourDigits(long seed) {
        var all = new ArrayList<Sums>();
        for (int i = 0; i < DIGITS * DIGITS * DIGITS * DIGITS; i++) {
            int a = i % DIGITS;
            int b = i / DIGITS % DIGITS;
            int c = i / DIGITS / DIGITS % DIGITS;
            int d = i / DIGITS / DIGITS / DIGITS;
            all.add(new Sums("" + a + b + c + d, "%02d".formatted(a + b + c + d)));
        }
        Collections.shuffle(all, new Random(seed));
        return all;
    }

    /// Writes rows that `sft` and `grpo` read: a question and its answer.
    static Path write(Path file, List<Sums> sums) throws IOException {
        return Files.write(
                file,
                sums.stream()
                        .map(
                                sum ->
                                        "{\"prompt\": \"%s\", \"completion\": \"%s\"}"
                                                .formatted(sum.question, sum.answer))
                        .toList());
    }

    /// A model that knows nothing yet: random weights, and a tokenizer of the ten digits and the
    /// end of an answer.
    static StoredModel newModel(Path folder, int layers, int channels, long seed)
            throws IOException {
        Tokenizer tokenizer = CharTokenizer.train("0123456789", Tokenizer.END_OF_TEXT);
        int vocabulary = tokenizer.vocabularySize();
        var config = new GptConfig(layers, HEADS, channels, BLOCK, vocabulary, true, 0);
        return StoryModel.unlearned(folder, config, tokenizer, seed);
    }

    /// How many sums a model gets right, from 0 to 1, where each digit is the most likely one.
    static double right(Path directory, List<Sums> sums) throws IOException {
        StoredModel stored = StoredModel.open(directory);
        Tokenizer tokenizer = Tokenizer.load(directory);
        Model model = stored.model();
        var options =
                new GenerationOptions(
                                SamplingOptions.UNCHANGED.withTemperature(0), LONGEST_ANSWER, 0)
                        .withEndTokens(tokenizer.endTokens());
        int right = 0;
        try (var generator =
                Generator.open(
                        Backends.standard(),
                        model,
                        GeneratorSettings.DEFAULT.withSequences(TOGETHER),
                        session -> stored.load(model, session))) {
            for (int from = 0; from < sums.size(); from += TOGETHER) {
                List<Sums> some = sums.subList(from, Math.min(sums.size(), from + TOGETHER));
                List<int[]> questions =
                        some.stream().map(sum -> tokenizer.encode(sum.question)).toList();
                List<Generation> answers =
                        generator.generate(questions, options, (sequence, token) -> true);
                for (int i = 0; i < some.size(); i++) {
                    String answer = tokenizer.decode(answers.get(i).tokens());
                    right += answer.equals(some.get(i).answer) ? 1 : 0;
                }
            }
        }
        return (double) right / sums.size();
    }
}
