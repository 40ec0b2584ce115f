package io.tornadogpt.trainer.loop;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.LossProgram;
import io.tornadogpt.trainer.data.Batch;

import java.util.Map;

/// Counts what batches show beside their loss: how many labels were right, how much better a chosen
/// answer is than a rejected one.
///
/// Where several processes count, each micro-batch or batch is counted alone: its sums are taken by
/// [#drain], handed to all processes, and given to [#add(double\[\])] in the order of the batches.
public interface Tally {
    /// Counts nothing.
    Tally NONE =
            new Tally() {
                @Override
                public void add(Session session, LossProgram program, Batch batch) {}

                @Override
                public double[] drain() {
                    return new double[0];
                }

                @Override
                public void add(double[] sums) {}

                @Override
                public Map<String, Double> take() {
                    return Map.of();
                }
            };

    /// A program has computed the losses of a batch; its outputs are in the session.
    void add(Session session, LossProgram program, Batch batch);

    /// The sums since the last time, which begin again at zero.
    ///
    /// @return as many each time
    double[] drain();

    /// Adds what was drained, here or in another process.
    void add(double[] sums);

    /// What was counted since the last time, by the names under which it is logged.
    Map<String, Double> take();
}
