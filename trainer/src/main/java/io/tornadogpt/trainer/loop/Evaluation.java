package io.tornadogpt.trainer.loop;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.LossProgram;
import io.tornadogpt.trainer.data.EvaluationWindows;
import io.tornadogpt.trainer.data.Tokens;

/// Measures a model's loss on tokens, in windows that do not overlap.
///
/// Used by one thread at a time.
public final class Evaluation {
    private final Session session;
    private final LossProgram program;
    private final EvaluationWindows windows;
    private final int[] inputs;
    private final int[] targets;

    /// @param session runs `program` and holds the weights
    /// @param program of [io.tornadogpt.core.model.Model#evaluate(int, int)]
    /// @param tokens at least two
    public Evaluation(Session session, LossProgram program, Tokens tokens) {
        this.session = session;
        this.program = program;
        int batch = program.tokens().shape().dimension(0);
        int length = program.tokens().shape().dimension(1);
        this.windows = new EvaluationWindows(tokens, batch, length);
        this.inputs = new int[batch * length];
        this.targets = new int[batch * length];
        program.inputs().writePositions(session, program.program());
    }

    /// Tokens that are predicted when all batches are taken.
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
            session.write(program.tokens(), inputs);
            session.write(program.targets(), targets);
            session.run(program.program().name());
            sum += session.readFloats(program.loss())[0];
            count += session.readFloats(program.count())[0];
        }
        return sum / count;
    }
}
