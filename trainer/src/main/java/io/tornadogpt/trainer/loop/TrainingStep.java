package io.tornadogpt.trainer.loop;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.LossProgram;
import io.tornadogpt.core.tensor.TensorSpec;
import io.tornadogpt.trainer.data.Batch;
import io.tornadogpt.trainer.data.BatchSource;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.DoublePredicate;

/// One step of training, wherever it is made: micro-batches, the sum of their gradients, an update.
///
/// The gradient is that of the mean loss over the targets of the whole step: their number is known
/// before the first micro-batch, and every loss is scaled by 1 over it. So a step of several
/// micro-batches with unequal numbers of targets is the step of one large batch.
///
/// Used by one thread at a time.
public final class TrainingStep {
    private final Session session;
    private final TrainingPrograms programs;
    private final BatchSource source;
    private final int microBatches;
    private final long seed;
    private final GradientExchange exchange;
    private final Tally tally;
    private final List<Batch> batches;
    private final List<TensorSpec> gradients;

    /// What a step did.
    ///
    /// @param loss mean over the targets of the step, in nats; 0 where it had none
    /// @param targets how much they count
    /// @param gradientNorm before clipping; NaN where the loss alone decided
    /// @param outcome whether weights were changed, or why not
    /// @param positions of all batches, over all processes, padding included
    public record Result(
            double loss, double targets, double gradientNorm, Outcome outcome, long positions) {
        /// Whether weights were changed.
        public boolean updated() {
            return outcome == Outcome.UPDATED;
        }
    }

    /// Whether a step changed the weights. Where it did not, weights and optimizer state have the
    /// bits that they had before, and gradients are zero.
    public enum Outcome {
        /// The weights were changed.
        UPDATED("updated"),
        /// The loss was NaN or infinite.
        LOSS_NOT_FINITE("the loss was not finite"),
        /// The loss was not accepted, see [TrainingStep#run(int, double, BooleanSupplier,
        /// DoublePredicate)].
        LOSS_REFUSED("the loss was a spike"),
        /// A gradient, or the norm of all of them, was NaN or infinite.
        GRADIENT_NOT_FINITE("a gradient was not finite");

        private final String description;

        Outcome(String description) {
            this.description = description;
        }

        /// In words, as it stands in the metrics.
        public String description() {
            return description;
        }
    }

    /// @param session runs the programs and holds the weights
    /// @param microBatches of a step, over all processes; at least 1
    /// @param seed of dropout
    /// @param tally is told of every micro-batch of this process
    public TrainingStep(
            Session session,
            TrainingPrograms programs,
            BatchSource source,
            int microBatches,
            long seed,
            GradientExchange exchange,
            Tally tally) {
        this.session = session;
        this.programs = programs;
        this.source = source;
        this.microBatches = microBatches;
        this.seed = seed;
        this.exchange = exchange;
        this.tally = tally;
        this.batches = programs.accumulate().stream().map(Batch::new).toList();
        this.gradients = programs.trainable().gradientSpecs();
    }

    /// Makes steps that nobody is told of.
    public TrainingStep(
            Session session,
            TrainingPrograms programs,
            BatchSource source,
            int microBatches,
            long seed,
            GradientExchange exchange) {
        this(session, programs, source, microBatches, seed, exchange, Tally.NONE);
    }

    /// Makes a step in one process.
    public TrainingStep(
            Session session,
            TrainingPrograms programs,
            BatchSource source,
            int microBatches,
            long seed) {
        this(session, programs, source, microBatches, seed, GradientExchange.ALONE);
    }

    /// Makes a step.
    ///
    /// @param step counts from 0
    /// @param learningRate of the update
    /// @param stopping looked at before each micro-batch
    /// @return empty where it was asked to stop before the update; weights are then as before
    public Optional<Result> run(int step, double learningRate, BooleanSupplier stopping) {
        return run(step, learningRate, stopping, loss -> true);
    }

    /// Makes a step, unless its loss is refused.
    ///
    /// @param step counts from 0
    /// @param learningRate of the update
    /// @param stopping looked at before each micro-batch
    /// @param accepts asked for the mean loss before the update, if it is finite
    /// @return empty where it was asked to stop before the update; weights are then as before
    public Optional<Result> run(
            int step, double learningRate, BooleanSupplier stopping, DoublePredicate accepts) {
        if (exchange.any(!source.prepare(step, stopping))) {
            return Optional.empty();
        }
        GradientExchange.Share own = exchange.share(microBatches);
        var counts = new double[own.count()];
        for (int i = 0; i < counts.length; i++) {
            counts[i] = source.targets(step, own.first() + i, 1, batches);
        }
        double targets = 0;
        for (double[] ofOne : exchange.gather(counts)) {
            for (double count : ofOne) {
                targets += count;
            }
        }
        float scale = targets > 0 ? (float) (1 / targets) : 0;
        for (LossProgram program : programs.accumulate()) {
            session.write(program.gradientScale(), scale);
        }
        var made = new Made(own.count());
        for (int i = 0; i < own.count() && !made.stopped; i++) {
            made.stopped = stopping.getAsBoolean();
            if (!made.stopped) {
                accumulate(step, own.first() + i, i, made);
            }
        }
        Made all = Made.together(exchange.gather(made.numbers()), tally);
        if (all.stopped) {
            giveUp();
            return Optional.empty();
        }
        double mean = targets > 0 ? all.loss / targets : 0;
        if (!Double.isFinite(mean) || !accepts.test(mean)) {
            giveUp();
            Outcome outcome =
                    Double.isFinite(mean) ? Outcome.LOSS_REFUSED : Outcome.LOSS_NOT_FINITE;
            return Optional.of(new Result(mean, targets, Double.NaN, outcome, all.positions));
        }
        exchange.exchange(session, gradients);
        GradientExchange.Update update =
                exchange.update(session, programs.update(), learningRate, step + 1);
        Outcome outcome = update.updated() ? Outcome.UPDATED : Outcome.GRADIENT_NOT_FINITE;
        return Optional.of(new Result(mean, targets, update.norm(), outcome, all.positions));
    }

    /// What became of micro-batches.
    private static final class Made {
        private final List<double[]> counted = new ArrayList<>();
        private final double[] losses;
        private double loss;
        private long positions;
        private boolean stopped;

        Made(int microBatches) {
            losses = new double[microBatches];
        }

        /// As numbers: whether it stopped, the positions, and the loss of each micro-batch with
        /// what was counted of it.
        double[] numbers() {
            int each = counted.isEmpty() ? 0 : counted.getFirst().length;
            var numbers = new double[3 + losses.length + counted.size() * each];
            numbers[0] = stopped ? 1 : 0;
            numbers[1] = positions;
            numbers[2] = losses.length;
            System.arraycopy(losses, 0, numbers, 3, losses.length);
            for (int i = 0; i < counted.size(); i++) {
                System.arraycopy(counted.get(i), 0, numbers, 3 + losses.length + i * each, each);
            }
            return numbers;
        }

        /// The micro-batches of all processes, in order.
        ///
        /// @param tally is told what was counted, unless one of them stopped
        static Made together(List<double[]> all, Tally tally) {
            var sum = new Made(0);
            for (double[] numbers : all) {
                sum.stopped |= numbers[0] != 0;
                sum.positions += (long) numbers[1];
            }
            for (double[] numbers : all) {
                int count = (int) numbers[2];
                int each = count == 0 ? 0 : (numbers.length - 3 - count) / count;
                for (int i = 0; i < count && !sum.stopped; i++) {
                    int from = 3 + count + i * each;
                    sum.loss += numbers[3 + i];
                    tally.add(Arrays.copyOfRange(numbers, from, from + each));
                }
            }
            return sum;
        }
    }

    private void giveUp() {
        exchange.discard();
        clearGradients();
    }

    /// @param number of the micro-batch among those of this process
    private void accumulate(int step, int micro, int number, Made made) {
        int form = source.form(step, micro);
        LossProgram program = programs.accumulate().get(form);
        Batch batch = batches.get(form);
        source.fill(step, micro, batch);
        batch.write(session, (int) seed, (int) (seed >>> 32), step, micro);
        if (exchange.needsZeroedGradients()) {
            clearGradients();
        }
        session.run(program.program().name());
        exchange.accumulated(session, gradients, micro);
        tally.add(session, program, batch);
        made.losses[number] = session.readFloats(program.loss())[0];
        made.counted.add(tally.drain());
        made.positions += batch.tokens().length;
    }

    /// What a micro-batch of a step that is not finished left behind.
    private void clearGradients() {
        for (TensorSpec gradient : gradients) {
            for (int slice = 0; slice < gradient.slices(); slice++) {
                clear(gradient, slice);
            }
        }
    }

    private void clear(TensorSpec gradient, int slice) {
        Optional<MemorySegment> inPlace = session.view(gradient, slice);
        if (inPlace.isPresent()) {
            inPlace.get().fill((byte) 0);
        } else {
            int bytes = Math.toIntExact(gradient.sliceBytes());
            session.write(gradient, slice, MemorySegment.ofArray(new byte[bytes]));
        }
    }
}
