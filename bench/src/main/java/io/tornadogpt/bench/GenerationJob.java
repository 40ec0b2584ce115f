package io.tornadogpt.bench;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.backend.Profile;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.arch.Part;
import io.tornadogpt.core.program.MemoryUse;
import io.tornadogpt.sampler.GenerationOptions;
import io.tornadogpt.sampler.GenerationPrograms;
import io.tornadogpt.sampler.Generator;
import io.tornadogpt.sampler.SamplingOptions;
import io.tornadogpt.sampler.Weights;
import io.tornadogpt.trainer.loop.MemoryBudget;
import io.tornadogpt.trainer.loop.ModelFlops;

import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/// The generation of one text or several side by side, each after a prompt of random tokens: always
/// the likeliest token, with a key-value cache.
public final class GenerationJob implements Job {
    private static final long SEED = 1337;

    private final Generator generator;
    private final List<int[]> prompts;
    private final GenerationOptions options;
    private final Facts facts;

    private GenerationJob(Generator generator, List<int[]> prompts, int newTokens, Facts facts) {
        this.generator = generator;
        this.prompts = prompts;
        this.options =
                new GenerationOptions(
                        SamplingOptions.UNCHANGED.withTemperature(0), newTokens, SEED);
        this.facts = facts;
    }

    /// Makes a model ready to generate.
    ///
    /// @param streams texts that are generated side by side
    /// @param newTokens of each text, together with the prompt no more than the model's block
    /// @throws E if the weights cannot be had
    /// @throws IllegalArgumentException where the text does not fit the block, or the model memory
    public static <E extends Exception> GenerationJob open(
            Backend backend,
            Model model,
            Weights<E> weights,
            int streams,
            int promptTokens,
            int newTokens,
            ExecutionOptions execution)
            throws E {
        if (streams < 1) {
            throw new IllegalArgumentException(
                    "%d texts side by side were asked for; at least 1 is expected"
                            .formatted(streams));
        }
        requireFits(model.context(), promptTokens, newTokens);
        MemoryUse plan = backend.plan(GenerationPrograms.of(model, streams).programs());
        MemoryBudget.require(plan.bytes());
        var random = new SplittableRandom(SEED);
        int vocabulary = model.config().vocabulary();
        List<int[]> prompts =
                Stream.generate(() -> random.ints(promptTokens, 0, vocabulary).toArray())
                        .limit(streams)
                        .toList();
        int positions = promptTokens + newTokens / 2;
        int tokens = Math.multiplyExact(streams, newTokens);
        var facts =
                new Facts(
                        backend.description(),
                        "token",
                        tokens,
                        tokens,
                        (double) new ModelFlops(model.config(), positions).forward() * tokens,
                        readPerToken(model) / streams,
                        plan.bytes());
        var generator = Generator.open(backend, model, streams, execution, weights);
        return new GenerationJob(generator, prompts, newTokens, facts);
    }

    private static void requireFits(int block, int promptTokens, int newTokens) {
        if (promptTokens < 1 || newTokens < 2 || promptTokens + newTokens > block) {
            throw new IllegalArgumentException(
                    "a prompt of %d and %d new tokens were asked for; expected at least 1 and 2, together at most the model's block, %d"
                            .formatted(promptTokens, newTokens, block));
        }
    }

    /// All weights but the rows of tables that are only looked up: of positions all but one, of
    /// token embeddings that are not the head's as well.
    private static long readPerToken(Model model) {
        boolean tied = model.architecture().embedding().tied();
        return model.parameters().stream()
                .filter(p -> p.part() != Part.POSITION_EMBEDDING)
                .filter(p -> tied || p.part() != Part.TOKEN_EMBEDDING)
                .mapToLong(p -> p.spec().bytes())
                .sum();
    }

    @Override
    public Facts facts() {
        return facts;
    }

    /// The first token is there when every text has one.
    @Override
    public Timing run() {
        var begun = new BitSet();
        var first = new long[1];
        long begin = System.nanoTime();
        generator.generate(
                prompts,
                options,
                (sequence, token) -> {
                    if (!begun.get(sequence)) {
                        begun.set(sequence);
                        first[0] = System.nanoTime();
                    }
                    return true;
                });
        long end = System.nanoTime();
        return new Timing((end - begin) * 1e-6, (first[0] - begin) * 1e-6);
    }

    @Override
    public Optional<Profile> profile() {
        return generator.profile();
    }

    @Override
    public void close() {
        generator.close();
    }
}
