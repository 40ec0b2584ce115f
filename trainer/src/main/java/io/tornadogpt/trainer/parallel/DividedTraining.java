package io.tornadogpt.trainer.parallel;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.DividedUpdate;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.Trainable;
import io.tornadogpt.core.tensor.TensorSpec;
import io.tornadogpt.trainer.loop.GradientExchange;
import io.tornadogpt.trainer.loop.TrainingPrograms;
import io.tornadogpt.trainer.settings.TrainConfig;

import java.lang.foreign.MemorySegment;

/// The training of a model in several processes, as one of them sees it: each computes
/// micro-batches of its own and keeps a part of the optimizer. It also is the training in one
/// process that has the bits of several (`train.treeReduction`).
///
/// Immutable, so that threads may share it.
public final class DividedTraining {
    private final Communicator communicator;
    private final int microBatches;
    private final Division division;
    private final Trainable trainable;
    private final DividedUpdate update;
    private final TrainingPrograms programs;

    private DividedTraining(
            Communicator communicator,
            int microBatches,
            Division division,
            DividedUpdate update,
            TrainingPrograms programs) {
        this.communicator = communicator;
        this.microBatches = microBatches;
        this.division = division;
        this.trainable = programs.trainable();
        this.update = update;
        this.programs = programs;
    }

    /// Divides a training.
    ///
    /// @param whole the programs of a process that trains alone
    /// @param config its micro-batches are those of a step over all processes
    /// @throws IllegalArgumentException where they cannot be divided among the processes
    public static DividedTraining of(
            Communicator communicator, Model model, TrainConfig config, TrainingPrograms whole) {
        int microBatches = config.gradAccumulation();
        if (microBatches % communicator.size() != 0) {
            throw new IllegalArgumentException(
                    "a step has %d micro-batches, which %d processes cannot share equally; use a number of processes that divides %1$d"
                            .formatted(microBatches, communicator.size()));
        }
        Trainable trainable = whole.trainable();
        var division = new Division(trainable.elements(), communicator.size());
        DividedUpdate update =
                model.update(
                        "update",
                        trainable,
                        TrainingPrograms.adamW(config),
                        config.gradClip(),
                        division.from(communicator.rank()),
                        division.to(communicator.rank()));
        return new DividedTraining(
                communicator, microBatches, division, update, whole.with(update.update()));
    }

    /// As the first of several processes would see it, to plan what it takes.
    ///
    /// @param processes how many there are to be
    /// @throws IllegalArgumentException where the micro-batches cannot be divided among them
    public static DividedTraining planned(
            int processes, Model model, TrainConfig config, TrainingPrograms whole) {
        return of(new PlannedProcess(processes), model, config, whole);
    }

    /// What a session of this process runs.
    public TrainingPrograms programs() {
        return programs;
    }

    /// Bytes that this process takes for the exchange, outside of its session.
    ///
    /// @param inPlace whether the session's tensors can be reached where they are, as the CPU's can
    public long bytes(boolean inPlace) {
        return TreeExchange.bytes(division, communicator.rank(), microBatches, inPlace);
    }

    /// A session that is written to as if it held all optimizer state.
    ///
    /// @param session of [#programs]
    public Session whole(Session session) {
        return new DividedSession(session, communicator, division, trainable, update);
    }

    /// What steps do with their gradients, and evaluations with their losses.
    ///
    /// @param session of [#programs]
    /// @return to be closed before the session is
    public CloseableExchange exchange(Session session) {
        return new CloseableExchange(
                new TreeExchange(communicator, division, trainable, update, microBatches, session));
    }

    /// An exchange and the memory that it takes.
    ///
    /// Used by one thread at a time.
    public static final class CloseableExchange implements AutoCloseable {
        private final TreeExchange exchange;

        private CloseableExchange(TreeExchange exchange) {
            this.exchange = exchange;
        }

        /// The exchange itself.
        public GradientExchange exchange() {
            return exchange;
        }

        /// Where its time went so far.
        public ExchangeTimes times() {
            return exchange.times();
        }

        @Override
        public void close() {
            exchange.close();
        }
    }

    /// Takes part in what rank 0 does when it saves the optimizer's state.
    ///
    /// @param whole of [#whole]
    public void sendMoments(Session whole) {
        for (TensorSpec moment : trainable.moments()) {
            for (int slice = 0; slice < moment.slices(); slice++) {
                whole.read(moment, slice, MemorySegment.NULL);
            }
        }
    }
}
