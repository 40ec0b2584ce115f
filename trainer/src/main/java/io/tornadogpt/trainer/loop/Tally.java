package io.tornadogpt.trainer.loop;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.LossProgram;
import io.tornadogpt.trainer.data.Batch;

import java.util.Map;

/// Counts what batches show beside their loss: how many labels were right, how much better a chosen
/// answer is than a rejected one.
public interface Tally {
    /// Counts nothing.
    Tally NONE =
            new Tally() {
                @Override
                public void add(Session session, LossProgram program, Batch batch) {}

                @Override
                public Map<String, Double> take() {
                    return Map.of();
                }
            };

    /// A program has computed the losses of a batch; its outputs are in the session.
    void add(Session session, LossProgram program, Batch batch);

    /// What was counted since the last time, by the names under which it is logged.
    Map<String, Double> take();
}
