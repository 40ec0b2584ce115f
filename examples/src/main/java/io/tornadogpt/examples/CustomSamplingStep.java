package io.tornadogpt.examples;

import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.sampler.Candidates;
import io.tornadogpt.sampler.GenerationOptions;
import io.tornadogpt.sampler.Generator;
import io.tornadogpt.sampler.SamplingChain;
import io.tornadogpt.sampler.SamplingOptions;
import io.tornadogpt.sampler.SamplingStep;
import io.tornadogpt.sampler.TextGenerator;
import io.tornadogpt.sampler.TokenHistory;
import io.tornadogpt.tokenizer.Tokenizer;

import java.io.IOException;
import java.util.BitSet;
import java.util.Locale;
import java.util.Set;

/// A sampling step of one's own: the model must do without a letter, and still make sense.
///
/// A chain is a list of steps, and each removes candidates for the next token or changes their
/// logits. This one works before the usual ones, so that top-k still has its k to choose from.
public final class CustomSamplingStep {
    private static final int NEW_TOKENS = 60;

    private CustomSamplingStep() {}

    /// Forbids every token that has a letter in it.
    ///
    /// @param forbidden tokens, looked up once: a step runs for each token of each sequence
    record Without(BitSet forbidden) implements SamplingStep {
        static Without letter(String letter, Tokenizer tokenizer) {
            var forbidden = new BitSet();
            for (int id = 0; id < tokenizer.vocabularySize(); id++) {
                String text = tokenizer.decode(id).toLowerCase(Locale.ROOT);
                forbidden.set(id, text.contains(letter.toLowerCase(Locale.ROOT)));
            }
            return new Without(forbidden);
        }

        @Override
        public void apply(Candidates candidates, TokenHistory history) {
            candidates.retain((token, logit) -> !forbidden.get(token));
        }
    }

    /// @param args a letter, and the directory of a run, if others are wanted
    public static void main(String[] args) throws IOException {
        String letter = StoryModel.argument(args, 0, "i");
        StoryModel story = StoryModel.open(StoryModel.argument(args, 1));
        SamplingChain usual = SamplingOptions.DEFAULT.withTemperature(0.7).chain();
        SamplingChain without = usual.after(Without.letter(letter, story.tokenizer()));

        var model = new Model(story.directory().config());
        try (var generator =
                Generator.open(
                        Backends.named("cpu"), model, s -> story.directory().load(model, s))) {
            var writer = new TextGenerator(generator, story.tokenizer());
            System.out.println("With the usual chain:\n");
            write(writer, usual);
            System.out.printf("%nThe same, from the same seed, without '%s':%n%n", letter);
            write(writer, without);
        }
    }

    private static void write(TextGenerator writer, SamplingChain chain) {
        var options = new GenerationOptions(chain, NEW_TOKENS, 2, 0, Set.of());
        writer.generate("\n", options, System.out::print);
        System.out.println();
    }
}
