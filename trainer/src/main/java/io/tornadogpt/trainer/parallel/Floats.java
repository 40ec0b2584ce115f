package io.tornadogpt.trainer.parallel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Loops over floats in memory.
final class Floats {
    /// Floats that are gone through at once, so that an int counts them.
    private static final long PIECE = 1L << 24;

    /// Sums that are kept beside each other, which a processor adds up at the same time.
    private static final int LANES = 4;

    private Floats() {}

    /// `to += from`, element by element.
    ///
    /// @param bytes how many
    static void add(
            MemorySegment to, long toOffset, MemorySegment from, long fromOffset, long bytes) {
        for (long done = 0; done < bytes; done += PIECE * Float.BYTES) {
            long piece = Math.min(PIECE * Float.BYTES, bytes - done);
            addPiece(
                    to.asSlice(toOffset + done, piece),
                    from.asSlice(fromOffset + done, piece),
                    (int) (piece / Float.BYTES));
        }
    }

    private static void addPiece(MemorySegment to, MemorySegment from, int count) {
        for (int i = 0; i < count; i++) {
            float sum =
                    to.getAtIndex(ValueLayout.JAVA_FLOAT, i)
                            + from.getAtIndex(ValueLayout.JAVA_FLOAT, i);
            to.setAtIndex(ValueLayout.JAVA_FLOAT, i, sum);
        }
    }

    /// The sum of squares, in double precision and in an order that depends on the count alone.
    static double sumOfSquares(MemorySegment values, long offset, int count) {
        MemorySegment x = values.asSlice(offset, (long) count * Float.BYTES);
        double a = 0;
        double b = 0;
        double c = 0;
        double d = 0;
        int whole = count - count % LANES;
        for (int i = 0; i < whole; i += LANES) {
            double xa = x.getAtIndex(ValueLayout.JAVA_FLOAT, i);
            double xb = x.getAtIndex(ValueLayout.JAVA_FLOAT, i + 1);
            double xc = x.getAtIndex(ValueLayout.JAVA_FLOAT, i + 2);
            double xd = x.getAtIndex(ValueLayout.JAVA_FLOAT, i + 3);
            a += xa * xa;
            b += xb * xb;
            c += xc * xc;
            d += xd * xd;
        }
        double sum = a + b + (c + d);
        for (int i = whole; i < count; i++) {
            double rest = x.getAtIndex(ValueLayout.JAVA_FLOAT, i);
            sum += rest * rest;
        }
        return sum;
    }
}
