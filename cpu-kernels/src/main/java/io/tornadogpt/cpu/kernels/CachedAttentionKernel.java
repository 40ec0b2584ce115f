package io.tornadogpt.cpu.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Attention of new positions to a cache of keys and values. Several positions that follow one
/// another, as in a prompt, go through [FlashForward]; others, as in decoding, are done row by row,
/// reading keys and values once, in place.
///
/// @param workers threads
/// @param batch B
/// @param rows T, new positions a sequence
/// @param capacity S, positions that the caches hold
/// @param channels C
/// @param heads H
/// @param scale of scores
/// @param window how many keys a query sees at most; 0 for all
public record CachedAttentionKernel(
        Workers workers,
        int batch,
        int rows,
        int capacity,
        int channels,
        int heads,
        float scale,
        int window) {
    /// Fewest positions for which packing keys and values pays.
    private static final int FEWEST_TO_PACK = 4;

    /// @param qkv `[B, T, 3C]`
    /// @param keys `[B, H, S, D]`, read and written
    /// @param values `[B, H, S, D]`, read and written
    /// @param positions `[B, T]` I32
    /// @param out `[B, T, C]`
    /// @throws IllegalArgumentException if a position is outside the caches
    public void forward(
            MemorySegment qkv,
            MemorySegment keys,
            MemorySegment values,
            MemorySegment positions,
            MemorySegment out) {
        check(positions);
        workers.run(
                batch * heads,
                (head, scratch) ->
                        new Head(head, qkv, keys, values, positions, out, scratch).run());
    }

    private void check(MemorySegment positions) {
        for (int i = 0; i < batch * rows; i++) {
            int position = positions.getAtIndex(ValueLayout.JAVA_INT, i);
            if (position < 0 || position >= capacity) {
                throw new IllegalArgumentException(
                        ("CachedAttention: position %d of sequence %d is %d; the cache holds"
                                        + " positions 0 to %d")
                                .formatted(i % rows, i / rows, position, capacity - 1));
            }
        }
    }

    /// One head of one sequence.
    private final class Head {
        private final MemorySegment qkv;
        private final MemorySegment keys;
        private final MemorySegment values;
        private final MemorySegment positions;
        private final MemorySegment out;
        private final Scratch scratch;
        private final int size = channels / heads;
        private final int sequence;
        private final int column;
        private final long cache;

        Head(
                int head,
                MemorySegment qkv,
                MemorySegment keys,
                MemorySegment values,
                MemorySegment positions,
                MemorySegment out,
                Scratch scratch) {
            this.qkv = qkv;
            this.keys = keys;
            this.values = values;
            this.positions = positions;
            this.out = out;
            this.scratch = scratch;
            sequence = head / heads;
            column = head % heads * size;
            cache = 4L * head * capacity * size;
        }

        void run() {
            boolean consecutive = true;
            for (int i = 0; i < rows; i++) {
                long to = cache + 4L * position(i) * size;
                MemorySegment.copy(qkv, at(i, 1), keys, to, 4L * size);
                MemorySegment.copy(qkv, at(i, 2), values, to, 4L * size);
                consecutive &= position(i) == position(0) + i;
            }
            if (consecutive && rows >= FEWEST_TO_PACK) {
                packed();
            } else {
                for (int i = 0; i < rows; i++) {
                    row(i);
                }
            }
        }

        private int position(int row) {
            return positions.getAtIndex(ValueLayout.JAVA_INT, sequence * rows + row);
        }

        /// Where the query (0), key (1) or value (2) of a row starts.
        private long at(int row, int part) {
            long index = (long) sequence * rows + row;
            return 4L * (index * 3 * channels + (long) part * channels + column);
        }

        private long outAt(int row) {
            return 4L * (((long) sequence * rows + row) * channels + column);
        }

        private void packed() {
            var head =
                    new FlashForward.Head(
                            new HeadRows(qkv, at(0, 0), 12L * channels),
                            new HeadRows(keys, cache, 4L * size),
                            new HeadRows(values, cache, 4L * size),
                            new HeadRows(out, outAt(0), 4L * channels),
                            null,
                            0,
                            position(0),
                            size,
                            scale,
                            window,
                            null,
                            0);
            new FlashForward(head, 0, rows, scratch).run(0, rows);
        }

        private void row(int row) {
            int last = position(row);
            int first = window == 0 ? 0 : Math.max(0, last - window + 1);
            int count = last - first + 1;
            float[] scores = scratch.floats(0, Packing.roundUp(count, Lanes.COUNT));
            float[] query = scratch.floats(1, size);
            Packing.rows(qkv, at(row, 0), 0, 1, size, query, 0);
            long offset = cache + 4L * first * size;
            float[] lanes = scratch.floats(2, LaneSums.floats(count));
            Dots.dots(query, 0, 1, size, keys, offset, count, lanes, scores);
            scale(scores, count, scale);
            float total = RowMath.expMinusMax(scores, count);
            scale(scores, count, 1 / total);
            MemorySegment sums = out.asSlice(outAt(row), 4L * size);
            sums.fill((byte) 0);
            MatVec.combine(scores, 0, count, values, offset, size, size, sums, 0);
        }

        private static void scale(float[] row, int count, float factor) {
            for (int i = 0; i < count; i += Lanes.COUNT) {
                Lanes.load(row, i).mul(factor).intoArray(row, i);
            }
        }
    }
}
