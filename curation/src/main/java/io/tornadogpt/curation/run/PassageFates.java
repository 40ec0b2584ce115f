package io.tornadogpt.curation.run;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
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

    /// @param step the number of the step among those that take out passages
    PassageFates(WorkDirectory directory, int pieces, int step) {
        this.directory = directory;
        this.pieces = pieces;
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
            try (var fates = LineFile.open(directory.fates(piece));
                    var passages = PassageFile.open(directory.passages(piece, step))) {
                while (fates.next()) {
                    int count = passages.count();
                    if (!Fates.stays(fates.text())) {
                        passages.skip(count);
                        continue;
                    }
                    for (int i = 0; i < count; i++) {
                        // Beyond the most it is only counted.
                        keys.take(Math.max(passage, 0), passages.hash());
                        passage++;
                    }
                }
            }
        }
    }

    private void write(BitSet again) throws IOException {
        int passage = 0;
        for (int piece = 0; piece < pieces; piece++) {
            try (var fates = LineFile.open(directory.fates(piece));
                    var passages = PassageFile.open(directory.passages(piece, step));
                    var cuts =
                            new DataOutputStream(
                                    new BufferedOutputStream(
                                            directory.create(directory.cuts(piece, step))))) {
                while (fates.next()) {
                    int count = passages.count();
                    passages.skip(count);
                    if (!Fates.stays(fates.text())) {
                        cuts.writeInt(0);
                        continue;
                    }
                    BitSet own = again.get(passage, passage + count);
                    cuts.writeInt(own.cardinality());
                    for (int i = own.nextSetBit(0); i >= 0; i = own.nextSetBit(i + 1)) {
                        cuts.writeInt(i);
                    }
                    passage += count;
                }
            }
        }
    }
}
