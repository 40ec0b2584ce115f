package io.tornadogpt.trainer.data;

/// Batches to measure a model on, each of them once.
public interface EvaluationBatches {
    /// How many there are.
    long batches();

    /// Which of a run's forms of batches one has; 0 where there is one form.
    ///
    /// @param batch counts from 0
    default int form(long batch) {
        return 0;
    }

    /// Writes a batch.
    ///
    /// @param batch counts from 0
    /// @param room for a batch of the form that [#form] says
    void fill(long batch, Batch room);

    /// Numbers of `wanted` batches, evenly spread; all of them where `wanted` is 0 or there are no
    /// more.
    default long[] spread(int wanted) {
        long all = batches();
        boolean whole = wanted == 0 || wanted >= all;
        var chosen = new long[whole ? Math.toIntExact(all) : wanted];
        for (int i = 0; i < chosen.length; i++) {
            chosen[i] = whole ? i : Math.multiplyExact(all, (long) i) / wanted;
        }
        return chosen;
    }
}
