package io.tornadogpt.trainer.loop;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.LossProgram;
import io.tornadogpt.trainer.data.Batch;
import io.tornadogpt.trainer.data.EvaluationBatches;
import io.tornadogpt.trainer.data.EvaluationWindows;
import io.tornadogpt.trainer.data.Tokens;

import java.util.List;
import java.util.Map;

/// Measures a model's loss on batches that it is not trained on, such as windows of a text that do
/// not overlap.
public final class Evaluation {
    private final Session session;
    private final List<LossProgram> programs;
    private final EvaluationBatches batches;
    private final Tally tally;
    private final List<Batch> rooms;

    /// What a model was measured to be.
    ///
    /// @param loss mean over the targets, in nats
    /// @param metrics what the tally counted
    public record Measured(double loss, Map<String, Double> metrics) {}

    /// @param session runs the programs and holds the weights
    /// @param programs for each form of batches
    public Evaluation(
            Session session, List<LossProgram> programs, EvaluationBatches batches, Tally tally) {
        this.session = session;
        this.programs = List.copyOf(programs);
        this.batches = batches;
        this.tally = tally;
        this.rooms = programs.stream().map(Batch::new).toList();
    }

    /// Of a text, in windows.
    ///
    /// @param session runs `program` and holds the weights
    /// @param program of [io.tornadogpt.core.model.Model#evaluate(int, int)]
    /// @param tokens at least two
    public Evaluation(Session session, LossProgram program, Tokens tokens) {
        this(
                session,
                List.of(program),
                new EvaluationWindows(
                        tokens,
                        program.tokens().shape().dimension(0),
                        program.tokens().shape().dimension(1)),
                Tally.NONE);
    }

    /// The mean loss in nats a target.
    ///
    /// @param wanted how many batches, evenly spread; 0 for all
    public double loss(int wanted) {
        return measure(wanted).loss;
    }

    /// The mean loss, and what is counted beside it.
    ///
    /// @param wanted how many batches, evenly spread; 0 for all
    public Measured measure(int wanted) {
        double sum = 0;
        double count = 0;
        for (long number : batches.spread(wanted)) {
            int form = batches.form(number);
            LossProgram program = programs.get(form);
            Batch batch = rooms.get(form);
            batches.fill(number, batch);
            batch.write(session, 0, 0, 0, 0);
            session.run(program.program().name());
            sum += session.readFloats(program.loss())[0];
            count += session.readFloats(program.count())[0];
            tally.add(session, program, batch);
        }
        return new Measured(count > 0 ? sum / count : 0, tally.take());
    }
}
