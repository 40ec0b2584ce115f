package io.tornadogpt.curation.run;

import io.tornadogpt.curation.read.Problem;

/// Adds up what a run does, for who watches it.
///
/// Used by one thread at a time.
final class RunProgress {
    private final CurationListener listener;
    private final long bytes;
    private final long[] nanos;
    private final long start = System.nanoTime();
    private long read;
    private long documents;
    private long kept;
    private long told;

    private static final long EVERY = 200_000_000L;

    RunProgress(CurationListener listener, long bytes, int steps) {
        this.listener = listener;
        this.bytes = bytes;
        this.nanos = new long[steps + 1];
    }

    /// What an earlier run has done.
    void done(PieceCounts counts, long ofBytes) {
        documents += counts.documents;
        kept += counts.kept;
        read += ofBytes;
    }

    void read(long count) {
        read += count;
        tell(false);
    }

    void judged(Judgement judgement) {
        documents++;
        kept += judgement.line() == null ? 0 : 1;
        long[] ofSteps = judgement.nanos();
        for (int i = 0; i < ofSteps.length; i++) {
            nanos[i] += ofSteps[i];
        }
        if ((documents & 0xFF) == 0) {
            tell(false);
        }
    }

    void problem(Problem problem) {
        listener.problem(problem);
    }

    void tell(boolean now) {
        long time = System.nanoTime();
        if (now || time - told > EVERY) {
            told = time;
            listener.progress(
                    new CurationListener.Progress(
                            documents, kept, read, bytes, (time - start) / 1e9));
        }
    }

    /// Seconds that threads spent in each step, and last in signatures.
    double[] seconds() {
        var seconds = new double[nanos.length];
        for (int i = 0; i < seconds.length; i++) {
            seconds[i] = nanos[i] / 1e9;
        }
        return seconds;
    }
}
