package io.tornadogpt.sampler;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.LogitsProgram;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.arch.Position;
import io.tornadogpt.core.random.GumbelNoise;
import io.tornadogpt.core.random.Threefry;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// nanoGPT's `generate`, to compare with: every token from the whole context, its last `blockSize`
/// tokens at positions from 0.
public final class WithoutCache implements AutoCloseable {
    private final List<LogitsProgram> programs; // one for each length of the context
    private final Session session;
    private final int vocabSize;
    private final boolean readsPositions; // none are an input where the model knows none

    public WithoutCache(Model model) {
        readsPositions = !(model.architecture().position() instanceof Position.None);
        vocabSize = model.config().vocabulary();
        programs =
                IntStream.rangeClosed(1, model.context())
                        .mapToObj(length -> model.logits("logits" + length, 1, length))
                        .toList();
        session = TinyModel.REFERENCE.open(programs.stream().map(LogitsProgram::program).toList());
        TinyModel.weights(model).writeTo(session);
    }

    /// The logits of what follows a sequence.
    public float[] logits(int... tokens) {
        int length = Math.min(tokens.length, programs.size());
        LogitsProgram program = programs.get(length - 1);
        session.write(
                program.tokens(),
                Arrays.copyOfRange(tokens, tokens.length - length, tokens.length));
        if (readsPositions) {
            session.write(program.positions(), IntStream.range(0, length).toArray());
        }
        session.run(program.program().name());
        float[] all = session.readFloats(program.logits());
        return Arrays.copyOfRange(all, all.length - vocabSize, all.length);
    }

    int[] generate(int[] prompt, GenerationOptions options, int sequence) {
        var sampler = new Sampler(options.sampling(), options.seed(), vocabSize);
        var history = new TokenHistory(vocabSize, prompt);
        int[] tokens = prompt;
        while (history.generatedLength() < options.maxNewTokens()) {
            DeviceDraw draw = DeviceDraw.of(options.sampling());
            int token =
                    draw == null
                            ? sampler.next(logits(tokens), history, sequence)
                            : drawn(draw, logits(tokens), options.seed(), history, sequence);
            history.append(token);
            tokens = Arrays.copyOf(tokens, tokens.length + 1);
            tokens[tokens.length - 1] = token;
        }
        return history.generated();
    }

    /// The Gumbel-max trick in plain Java.
    private static int drawn(
            DeviceDraw draw, float[] logits, long seed, TokenHistory history, int sequence) {
        var random =
                new Threefry((int) seed, (int) (seed >>> 32), history.generatedLength(), sequence);
        List<Integer> order =
                IntStream.range(0, logits.length)
                        .boxed()
                        .sorted(Comparator.comparing(v -> -logits[v]))
                        .toList();
        int best = order.getFirst();
        double highest = Double.NEGATIVE_INFINITY;
        int kept = draw.k() == 0 ? logits.length : Math.min(draw.k(), logits.length);
        for (int v : order.subList(0, draw.temperature() == 0 ? 0 : kept)) {
            double score = logits[v] / draw.temperature() + GumbelNoise.of(random.word(0, v, 4, 0));
            if (score > highest) {
                highest = score;
                best = v;
            }
        }
        return best;
    }

    @Override
    public void close() {
        session.close();
    }
}
