package io.tornadogpt.trainer.loop;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.LossProgram;
import io.tornadogpt.trainer.data.EvaluationWindows;
import io.tornadogpt.trainer.data.TokenMasks;
import io.tornadogpt.trainer.data.Tokens;

import org.jspecify.annotations.Nullable;

/// Measures a model's loss on tokens, in windows that do not overlap.
public final class Evaluation {
    private final Session session;
    private final LossProgram program;
    private final EvaluationWindows windows;
    private final int[] inputs;
    private final int[] targets;
    private final @Nullable TokenMasks masks;

    /// @param session runs `program` and holds the weights
    /// @param program of [io.tornadogpt.core.model.Model#evaluate(int, int)]
    /// @param tokens at least two
    public Evaluation(Session session, LossProgram program, Tokens tokens) {
        this(session, program, tokens, null);
    }

    /// @param masks hides tokens that are predicted, the same each time; null where each predicts the
    ///   next
    public Evaluation(
            Session session, LossProgram program, Tokens tokens, @Nullable TokenMasks masks) {
        this.masks = masks;
        this.session = session;
        this.program = program;
        int batch = program.tokens().shape().dimension(0);
        int length = program.tokens().shape().dimension(1);
        this.windows = new EvaluationWindows(tokens, batch, length);
        this.inputs = new int[batch * length];
        this.targets = new int[batch * length];
        program.inputs().writePositions(session, program.program());
    }

    /// Tokens that are predicted when all batches are taken, where none are masked.
    public long predictions() {
        return windows.predictions();
    }

    /// The mean loss in nats a predicted token.
    ///
    /// @param batches how many, evenly spread over the tokens; 0 for all
    public double loss(int batches) {
        double sum = 0;
        double count = 0;
        for (long batch : windows.spread(batches)) {
            windows.fill(batch, inputs, targets);
            if (masks != null) {
                masks.hideForEvaluation(batch, windows.batchSize(), inputs, targets);
            }
            session.write(program.tokens(), inputs);
            session.write(program.targets(), targets);
            session.run(program.program().name());
            sum += session.readFloats(program.loss())[0];
            count += session.readFloats(program.count())[0];
        }
        return sum / count;
    }
}
