package io.tornadogpt.cpu.kernels;

import io.tornadogpt.core.op.CachedAttention;
import io.tornadogpt.core.tensor.BlockCodec;
import io.tornadogpt.core.tensor.DType;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Attention of new positions to keys and values that are kept in slots of a cache. Several
/// positions that follow one another, as in a prompt, go through [FlashForward]; others, as in
/// decoding, are done row by row, reading keys and values in place: once for every two heads that
/// share them. Caches of BF16 or Q8_0 are read in place likewise; for several positions the part of
/// a head that is seen becomes floats first.
///
/// @param workers threads
/// @param batch B
/// @param rows T, new positions a sequence
/// @param slotCount N
/// @param capacity S, positions that a slot holds
/// @param heads how many there are, and how scores are made
/// @param window how many keys a query sees at most; 0 for all
/// @param type of the caches
record CachedAttentionKernel(
        Workers workers,
        int batch,
        int rows,
        int slotCount,
        int capacity,
        Heads heads,
        int window,
        DType type) {
    /// Fewest positions for which packing keys and values pays.
    private static final int FEWEST_TO_PACK = 4;

    /// What is read and written.
    ///
    /// @param queries `[B x T, ..]`
    /// @param keys `[B x T, ..]`
    /// @param values `[B x T, ..]`
    /// @param keyCache `[N, KV, S, D]`, read and written
    /// @param valueCache `[N, KV, S, D]`, read and written
    /// @param slots `[B]` I32
    /// @param positions `[B, T]` I32
    /// @param out `[B, T, H x D]`
    record Memory(
            HeadRows queries,
            HeadRows keys,
            HeadRows values,
            MemorySegment keyCache,
            MemorySegment valueCache,
            MemorySegment slots,
            MemorySegment positions,
            MemorySegment out) {}

    static Runnable bind(CachedAttention op, Binding binding) {
        var memory =
                new Memory(
                        HeadRows.of(op.queries(), binding),
                        HeadRows.of(op.keys(), binding),
                        HeadRows.of(op.values(), binding),
                        binding.at(op.keyCache()),
                        binding.at(op.valueCache()),
                        binding.at(op.slots()),
                        binding.at(op.positions()),
                        binding.at(op.out()));
        Heads heads = Heads.of(op.heads(), binding);
        MemorySegment window = binding.atOrNull(op.view().window());
        return () ->
                new CachedAttentionKernel(
                                binding.workers(),
                                op.batch(),
                                op.positionsPerRun(),
                                op.slotCount(),
                                op.capacity(),
                                heads,
                                AttentionKernel.number(window),
                                op.keyCache().dtype())
                        .forward(memory);
    }

    /// @throws IllegalArgumentException if a slot or a position is outside the caches, or two
    ///   sequences have one slot
    void forward(Memory memory) {
        check(memory);
        workers.run(
                batch * heads.keyValueCount(),
                (unit, scratch) -> new Group(unit, memory, scratch).run());
    }

    private void check(Memory memory) {
        var sequences = new int[slotCount];
        for (int b = 0; b < batch; b++) {
            int slot = memory.slots.getAtIndex(ValueLayout.JAVA_INT, b);
            if (slot < 0 || slot >= slotCount) {
                throw new IllegalArgumentException(
                        "CachedAttention: the slot of sequence %d is %d; the cache has slots 0 to %d"
                                .formatted(b, slot, slotCount - 1));
            }
            if (sequences[slot] > 0) {
                throw new IllegalArgumentException(
                        "CachedAttention: sequences %d and %d are both in slot %d; each needs its own"
                                .formatted(sequences[slot] - 1, b, slot));
            }
            sequences[slot] = b + 1;
        }
        for (int i = 0; i < batch * rows; i++) {
            int position = memory.positions.getAtIndex(ValueLayout.JAVA_INT, i);
            if (position >= capacity) {
                throw new IllegalArgumentException(
                        ("CachedAttention: position %d of sequence %d is %d; the cache holds"
                                        + " positions 0 to %d")
                                .formatted(i % rows, i / rows, position, capacity - 1));
            }
        }
    }

    /// The heads of a sequence that share a head of keys and values.
    private final class Group {
        private final Memory memory;
        private final Scratch scratch;
        private final int size = heads.size();
        private final int firstRow;
        private final int keyValueHead;

        /// Where the head's keys and values begin in the caches, in bytes.
        private final long cache;

        /// @param number `b * KV + head`
        Group(int number, Memory memory, Scratch scratch) {
            this.memory = memory;
            this.scratch = scratch;
            int sequence = number / heads.keyValueCount();
            firstRow = sequence * rows;
            keyValueHead = number % heads.keyValueCount();
            int slot = memory.slots.getAtIndex(ValueLayout.JAVA_INT, sequence);
            int head = slot * heads.keyValueCount() + keyValueHead;
            cache = type.bytes((long) head * capacity * size);
        }

        void run() {
            boolean consecutive = true;
            for (int i = 0; i < rows; i++) {
                if (position(i) >= 0) {
                    store(memory.keys, i, memory.keyCache);
                    store(memory.values, i, memory.valueCache);
                }
                consecutive &= position(i) == position(0) + i;
            }
            if (consecutive && position(0) >= 0 && rows >= FEWEST_TO_PACK) {
                packed();
            } else {
                for (int i = 0; i < rows; i++) {
                    row(i);
                }
            }
        }

        private int position(int row) {
            return memory.positions.getAtIndex(ValueLayout.JAVA_INT, firstRow + row);
        }

        private void store(HeadRows from, int row, MemorySegment to) {
            long at = from.from(firstRow + row, keyValueHead * size).offset();
            long target = cache + type.bytes((long) position(row) * size);
            switch (type) {
                case F32 -> MemorySegment.copy(from.data(), at, to, target, 4L * size);
                case BF16 -> Halves.store(from.data(), at, to, target, size);
                default -> {
                    float[] vector = scratch.floats(0, size);
                    Packing.rows(from.data(), at, 4L * size, 1, size, vector, 0);
                    BlockCodec.encodeComputed(vector, 0, size, to, target);
                }
            }
        }

        private int column(int i) {
            return (keyValueHead * heads.group() + i) * size;
        }

        private HeadRows results(int i) {
            long stride = 4L * heads.count() * size;
            return new HeadRows(memory.out, 0, stride).from(firstRow, column(i));
        }

        private @Nullable Biases biases(int i) {
            return heads.biases(keyValueHead * heads.group() + i, 0);
        }

        private void packed() {
            int end = position(0) + rows;
            var visible = new VisibleKeys(true, window, position(0), end, null, 0);
            long rows4 = 4L * end * size;
            MemorySegment floats = type == DType.F32 ? memory.keyCache : scratch.memory(2 * rows4);
            var flash =
                    new FlashForward(
                            heads,
                            floats(memory.keyCache, end, floats, 0),
                            floats(memory.valueCache, end, floats, rows4),
                            visible,
                            null,
                            0,
                            rows,
                            scratch);
            for (int i = 0; i < heads.group(); i++) {
                HeadRows queries = memory.queries.from(firstRow, column(i));
                flash.run(new FlashForward.Head(queries, results(i), null, 0, biases(i), 0));
            }
        }

        /// The head's first positions as floats: where they are, or a copy.
        ///
        /// @param to room for a copy, from byte `target` on
        private HeadRows floats(MemorySegment from, int count, MemorySegment to, long target) {
            switch (type) {
                case F32 -> {
                    return new HeadRows(from, cache, 4L * size);
                }
                case BF16 -> Halves.copy(from, cache, to, target, count * size);
                default -> Blocks.copy(type, from, cache, count * size, to, target);
            }
            return new HeadRows(to, target, 4L * size);
        }

        /// One row of all heads, two at a time.
        private void row(int row) {
            int last = position(row);
            if (last < 0) {
                for (int i = 0; i < heads.group(); i++) {
                    memory.out.asSlice(results(i).at(row), 4L * size).fill((byte) 0);
                }
                return;
            }
            int first = window == 0 ? 0 : Math.max(0, last - window + 1);
            int count = last - first + 1;
            int width = Packing.roundUp(count, Lanes.COUNT);
            long offset = cache + type.bytes((long) first * size);
            float[] scores = scratch.floats(0, 2 * width);
            float[] queries = scratch.floats(1, 2 * size);
            float[] lanes = scratch.floats(2, 2 * LaneSums.floats(count));
            for (int i = 0; i < heads.group(); i += 2) {
                int pair = Math.min(2, heads.group() - i);
                long at = memory.queries.from(firstRow + row, column(i)).offset();
                Packing.rows(memory.queries.data(), at, 4L * size, pair, size, queries, 0);
                Dots.dots(
                        type,
                        queries,
                        0,
                        pair,
                        size,
                        memory.keyCache,
                        offset,
                        count,
                        lanes,
                        scores);
                for (int j = 0; j < pair; j++) {
                    if (j > 0) {
                        System.arraycopy(scores, width, scores, 0, count);
                    }
                    softmax(scores, first, count, biases(i + j));
                    MemorySegment sums = memory.out.asSlice(results(i + j).at(row), 4L * size);
                    sums.fill((byte) 0);
                    combine(scores, count, offset, sums);
                }
            }
        }

        /// Adds up values, each times its probability.
        ///
        /// @param offset of the first value in its cache
        private void combine(float[] scores, int count, long offset, MemorySegment sums) {
            MemorySegment values = memory.valueCache;
            switch (type) {
                case F32 -> MatVec.combine(scores, 0, count, values, offset, size, size, sums, 0);
                case BF16 -> Halves.combine(scores, 0, count, values, offset, size, size, sums, 0);
                default -> EightBits.combine(scores, count, values, offset, size, sums);
            }
        }

        /// Products with keys, the last of which is the query's own, become probabilities.
        ///
        /// @param first position
        private void softmax(float[] scores, int first, int count, @Nullable Biases biases) {
            scale(scores, count, heads.scale());
            if (heads.cap() > 0) {
                SoftCapKernel.cap(scores, 0, count, heads.cap());
            }
            if (biases != null) {
                float own = biases.at(first + count - 1);
                for (int i = 0; i < count; i++) {
                    scores[i] += heads.scale() * (biases.at(first + i) - own);
                }
            }
            float total = RowMath.expMinusMax(scores, count);
            scale(scores, count, 1 / total);
        }

        private static void scale(float[] row, int count, float factor) {
            for (int i = 0; i < count; i += Lanes.COUNT) {
                Lanes.load(row, i).mul(factor).intoArray(row, i);
            }
        }
    }
}
