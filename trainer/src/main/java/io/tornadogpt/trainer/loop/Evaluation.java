package io.tornadogpt.trainer.loop;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.LossProgram;
import io.tornadogpt.trainer.data.Batch;
import io.tornadogpt.trainer.data.EvaluationBatches;
import io.tornadogpt.trainer.data.EvaluationWindows;
import io.tornadogpt.trainer.data.Tokens;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;

/// Measures a model's loss on batches that it is not trained on, such as windows of a text that do
/// not overlap.
///
/// Used by one thread at a time.
public final class Evaluation {
    private final Session session;
    private final List<LossProgram> programs;
    private final EvaluationBatches batches;
    private final Tally tally;
    private final GradientExchange exchange;
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
        this(session, programs, batches, tally, GradientExchange.ALONE);
    }

    /// Divided among processes.
    ///
    /// @param session runs the programs and holds the weights
    /// @param programs for each form of batches
    public Evaluation(
            Session session,
            List<LossProgram> programs,
            EvaluationBatches batches,
            Tally tally,
            GradientExchange exchange) {
        this.session = session;
        this.programs = List.copyOf(programs);
        this.batches = batches;
        this.tally = tally;
        this.exchange = exchange;
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
        return Objects.requireNonNull(measure(wanted, () -> false));
    }

    /// As above, and gives up when asked to.
    ///
    /// @param stopping looked at before each batch
    /// @return null where it was given up
    public @Nullable Measured measure(int wanted, BooleanSupplier stopping) {
        long[] numbers = batches.spread(wanted);
        GradientExchange.Share own = exchange.share(numbers.length);
        var measured = new ArrayList<double[]>();
        boolean stopped = false;
        for (int i = own.first(); i < own.first() + own.count() && !stopped; i++) {
            stopped = stopping.getAsBoolean();
            if (!stopped) {
                measured.add(measure(numbers[i]));
            }
        }
        List<double[]> all = exchange.gather(joined(stopped, measured));
        if (all.stream().anyMatch(ofOne -> ofOne[0] != 0)) {
            return null;
        }
        double sum = 0;
        double count = 0;
        for (double[] ofOne : all) {
            int each = (int) ofOne[1];
            for (int from = 2; from < ofOne.length; from += each) {
                sum += ofOne[from];
                count += ofOne[from + 1];
                tally.add(Arrays.copyOfRange(ofOne, from + 2, from + each));
            }
        }
        return new Measured(count > 0 ? sum / count : 0, tally.take());
    }

    /// The loss of a batch, its targets, and what was counted.
    private double[] measure(long number) {
        int form = batches.form(number);
        LossProgram program = programs.get(form);
        Batch batch = rooms.get(form);
        batches.fill(number, batch);
        batch.write(session, 0, 0, 0, 0);
        session.run(program.program().name());
        tally.add(session, program, batch);
        double[] counted = tally.drain();
        var measured = new double[2 + counted.length];
        measured[0] = session.readFloats(program.loss())[0];
        measured[1] = session.readFloats(program.count())[0];
        System.arraycopy(counted, 0, measured, 2, counted.length);
        return measured;
    }

    /// Whether measuring stopped, the length of each result, and all results.
    private static double[] joined(boolean stopped, List<double[]> results) {
        int each = results.isEmpty() ? 2 : results.getFirst().length;
        var joined = new double[2 + results.size() * each];
        joined[0] = stopped ? 1 : 0;
        joined[1] = each;
        for (int i = 0; i < results.size(); i++) {
            System.arraycopy(results.get(i), 0, joined, 2 + i * each, each);
        }
        return joined;
    }
}
