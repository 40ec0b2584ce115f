package io.tornadogpt.curation.run;

import java.io.IOException;
import java.util.Arrays;
import java.util.BitSet;
import java.util.function.BooleanSupplier;

/// Which passages stand in the corpus before. It is decided for all documents that stay, in the
/// order of their ids, and written down for each piece.
///
/// It needs a bit a passage, and 9 bytes more for those of the slice of hashes that is looked at,
/// which holds 16 million at most.
///
/// Used by one thread at a time.
final class PassageFates {
    private static final int MOST_KEYS = 1 << 24;

    private final WorkDirectory directory;
    private final int pieces;
    private final int step;
    private final long[] kept;

    /// @param kept documents of each piece
    /// @param step the number of the step among those that take out passages
    PassageFates(WorkDirectory directory, long[] kept, int step) {
        this.directory = directory;
        this.kept = kept;
        this.pieces = kept.length;
        this.step = step;
    }

    private interface Keys {
        void take(int passage, long key);
    }

    void decide(BooleanSupplier stop) throws IOException {
        var counted = new long[1];
        each((passage, key) -> counted[0]++);
        if (counted[0] > Integer.MAX_VALUE - 16) {
            throw new IllegalArgumentException(
                    "%d passages are left, more than the %d among which duplicates can be found; curate the corpus in parts"
                            .formatted(counted[0], Integer.MAX_VALUE - 16));
        }
        var again = new BitSet((int) counted[0]);
        int slices = (int) (counted[0] / MOST_KEYS) + 1;
        for (int slice = 0; slice < slices; slice++) {
            if (stop.getAsBoolean()) {
                throw new StoppedException();
            }
            find(slice, slices, again);
        }
        write(again);
    }

    private void find(int slice, int slices, BitSet again) throws IOException {
        var keys = new LongList();
        each(
                (passage, key) -> {
                    if (Long.remainderUnsigned(key, slices) == slice) {
                        keys.add(key);
                    }
                });
        long[] repeated = keys.repeated();
        var seen = new boolean[repeated.length];
        each(
                (passage, key) -> {
                    int at = Arrays.binarySearch(repeated, key);
                    if (at >= 0) {
                        again.set(passage, seen[at]);
                        seen[at] = true;
                    }
                });
    }

    /// All passages of documents that stay, numbered from 0.
    private void each(Keys keys) throws IOException {
        int passage = 0;
        for (int piece = 0; piece < pieces; piece++) {
            try (var passages = new StayingPassages(directory, piece, step)) {
                while (passages.next()) {
                    // Beyond the most it is only counted.
                    keys.take(Math.max(passage, 0), passages.hash());
                    passage++;
                }
            }
        }
    }

    private void write(BitSet again) throws IOException {
        int passage = 0;
        for (int piece = 0; piece < pieces; piece++) {
            try (var passages = new StayingPassages(directory, piece, step);
                    var cuts = new PieceCuts(directory, piece, step, kept[piece])) {
                for (; passages.next(); passage++) {
                    if (again.get(passage)) {
                        cuts.cut(passages.document(), passages.passage());
                    }
                }
                cuts.finish();
            }
        }
    }
}
