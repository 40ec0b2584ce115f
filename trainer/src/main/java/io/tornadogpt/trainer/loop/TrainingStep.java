package io.tornadogpt.trainer.loop;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.LossProgram;
import io.tornadogpt.core.model.UpdateProgram;
import io.tornadogpt.core.tensor.TensorSpec;
import io.tornadogpt.trainer.data.Batch;
import io.tornadogpt.trainer.data.BatchSource;

import java.lang.foreign.MemorySegment;
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
    /// @param positions of all batches of this process, padding included
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
    /// @param microBatches of this process, at least 1
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
        int first = exchange.firstMicroBatch(microBatches);
        double targets = exchange.total(source.targets(step, first, microBatches, batches));
        float scale = targets > 0 ? (float) (1 / targets) : 0;
        for (LossProgram program : programs.accumulate()) {
            session.write(program.gradientScale(), scale);
        }
        double loss = 0;
        long positions = 0;
        for (int micro = first; micro < first + microBatches; micro++) {
            if (stopping.getAsBoolean()) {
                clearGradients();
                return Optional.empty();
            }
            int form = source.form(step, micro);
            loss += accumulate(step, micro, form);
            positions += batches.get(form).tokens().length;
        }
        exchange.exchange(session, gradients);
        loss = exchange.total(loss);
        double mean = targets > 0 ? loss / targets : 0;
        if (!Double.isFinite(mean) || !accepts.test(mean)) {
            clearGradients();
            Outcome outcome =
                    Double.isFinite(mean) ? Outcome.LOSS_REFUSED : Outcome.LOSS_NOT_FINITE;
            return Optional.of(new Result(mean, targets, Double.NaN, outcome, positions));
        }
        UpdateProgram update = programs.update();
        update.writeSchedule(session, learningRate, step + 1);
        session.run(update.program().name());
        Outcome outcome =
                scalar(update.scale()) != 0 ? Outcome.UPDATED : Outcome.GRADIENT_NOT_FINITE;
        return Optional.of(new Result(mean, targets, scalar(update.norm()), outcome, positions));
    }

    /// @return the sum of the micro-batch's losses
    private double accumulate(int step, int micro, int form) {
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
        return scalar(program.loss());
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

    private double scalar(TensorSpec output) {
        return session.readFloats(output)[0];
    }
}
