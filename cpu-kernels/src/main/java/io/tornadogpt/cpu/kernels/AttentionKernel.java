package io.tornadogpt.cpu.kernels;

import io.tornadogpt.core.op.Attention;
import io.tornadogpt.core.op.Dropout;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.Supplier;

/// Multi-head self-attention, forward and backward: [FlashForward] and [FlashBackward] do the work,
/// for all heads that share a head of keys and values at a time.
///
/// @param workers threads
/// @param batch B
/// @param positions T
/// @param heads how many there are, and how scores are made
/// @param view which positions see each other
/// @param dropout of probabilities, or null
record AttentionKernel(
        Workers workers,
        int batch,
        int positions,
        Heads heads,
        View view,
        @Nullable KeepFactors dropout) {
    /// Where there are fewer heads than this, the queries of a head are shared out too.
    private static final int WANTED_UNITS = 32;

    /// Which positions see each other.
    ///
    /// @param causal whether none behind a position are seen
    /// @param window how far a position sees, itself included; 0 for everywhere
    /// @param spans `[B, T, 2]` I32, first and end of what a position may see; null for all
    record View(boolean causal, int window, @Nullable MemorySegment spans) {}

    /// Queries, keys and values, or their gradients: of each, the rows of all sequences one behind
    /// the other, the columns of all heads side by side.
    record Vectors(HeadRows queries, HeadRows keys, HeadRows values) {}

    static Runnable bind(Attention op, Binding binding) {
        Vectors vectors = vectors(op.queries(), op.keys(), op.values(), binding);
        MemorySegment out = binding.at(op.out());
        MemorySegment lse = binding.at(op.lse());
        Supplier<AttentionKernel> kernel =
                of(op.batch(), op.positions(), op.heads(), op.view(), op.dropout(), binding);
        return () -> kernel.get().forward(vectors, out, lse);
    }

    static Runnable bind(Attention.Backward op, Binding binding) {
        Vectors vectors = vectors(op.queries(), op.keys(), op.values(), binding);
        Vectors gradients = vectors(op.dQueries(), op.dKeys(), op.dValues(), binding);
        MemorySegment out = binding.at(op.out());
        MemorySegment lse = binding.at(op.lse());
        MemorySegment dOut = binding.at(op.dOut());
        int batch = op.out().shape().dimension(0);
        int positions = op.out().shape().dimension(1);
        Supplier<AttentionKernel> kernel =
                of(batch, positions, op.heads(), op.view(), op.dropout(), binding);
        return () -> kernel.get().backward(vectors, out, lse, dOut, gradients);
    }

    private static Vectors vectors(
            Attention.Columns queries,
            Attention.Columns keys,
            Attention.Columns values,
            Binding binding) {
        return new Vectors(
                HeadRows.of(queries, binding),
                HeadRows.of(keys, binding),
                HeadRows.of(values, binding));
    }

    /// The kernel for the window and the random key of the moment.
    private static Supplier<AttentionKernel> of(
            int batch,
            int positions,
            Attention.Heads heads,
            Attention.View view,
            Dropout.@Nullable Mask mask,
            Binding binding) {
        Heads bound = Heads.of(heads, binding);
        MemorySegment window = binding.atOrNull(view.window());
        MemorySegment spans = binding.atOrNull(view.spans());
        Supplier<KeepFactors> factors = mask == null ? null : KeepFactors.bind(mask, binding);
        return () ->
                new AttentionKernel(
                        binding.workers(),
                        batch,
                        positions,
                        bound,
                        new View(view.causal(), number(window), spans),
                        factors == null ? null : factors.get());
    }

    static int number(@Nullable MemorySegment window) {
        return window == null ? 0 : window.get(ValueLayout.JAVA_INT, 0);
    }

    /// @param out `[B, T, H x D]`
    /// @param lse `[B, H, T]`
    void forward(Vectors vectors, MemorySegment out, MemorySegment lse) {
        int blocks = Math.ceilDiv(positions, FlashForward.QUERIES);
        int groups = batch * heads.keyValueCount();
        int wanted = Math.ceilDiv(WANTED_UNITS, groups);
        int blocksAUnit = Math.ceilDiv(blocks, Math.min(blocks, wanted));
        int unitsAGroup = Math.ceilDiv(blocks, blocksAUnit);
        int queries = blocksAUnit * FlashForward.QUERIES;
        workers.run(
                groups * unitsAGroup,
                (unit, scratch) -> {
                    var group = new Group(unit / unitsAGroup);
                    int from = unit % unitsAGroup * queries;
                    int to = Math.min(positions, from + queries);
                    var flash =
                            new FlashForward(
                                    heads,
                                    group.keyValueRows(vectors.keys),
                                    group.keyValueRows(vectors.values),
                                    group.visible(),
                                    dropout,
                                    from,
                                    to,
                                    scratch);
                    for (int i = 0; i < heads.group(); i++) {
                        flash.run(group.forwardHead(i, vectors.queries, out, lse));
                    }
                });
    }

    /// @param out `[B, T, H x D]`
    /// @param lse `[B, H, T]`
    /// @param dOut `[B, T, H x D]`
    /// @param gradients assigned
    void backward(
            Vectors vectors,
            MemorySegment out,
            MemorySegment lse,
            MemorySegment dOut,
            Vectors gradients) {
        workers.run(
                batch * heads.keyValueCount(),
                (unit, scratch) -> {
                    var group = new Group(unit);
                    var flash =
                            new FlashBackward(
                                    heads,
                                    group.keyValueRows(vectors.keys),
                                    group.keyValueRows(vectors.values),
                                    group.visible(),
                                    dropout,
                                    scratch);
                    for (int i = 0; i < heads.group(); i++) {
                        flash.run(group.backwardHead(i, vectors, out, lse, dOut, gradients));
                    }
                    flash.store(
                            group.keyValueRows(gradients.keys),
                            group.keyValueRows(gradients.values));
                });
    }

    /// The heads of a sequence that share a head of keys and values.
    private final class Group {
        private final int sequence;
        private final int keyValueHead;

        /// @param number `b * KV + head`
        Group(int number) {
            sequence = number / heads.keyValueCount();
            keyValueHead = number % heads.keyValueCount();
        }

        VisibleKeys visible() {
            long spansOffset = 8L * sequence * positions;
            return new VisibleKeys(view.causal, view.window, 0, positions, view.spans, spansOffset);
        }

        HeadRows keyValueRows(HeadRows all) {
            return all.from((long) sequence * positions, keyValueHead * heads.size());
        }

        private int head(int i) {
            return keyValueHead * heads.group() + i;
        }

        private HeadRows rows(HeadRows all, int i) {
            return all.from((long) sequence * positions, head(i) * heads.size());
        }

        private HeadRows rows(MemorySegment out, int i) {
            return rows(new HeadRows(out, 0, 4L * heads.count() * heads.size()), i);
        }

        /// The row of a head's first query where each query of each head has one.
        private int firstRow(int i) {
            return (sequence * heads.count() + head(i)) * positions;
        }

        FlashForward.Head forwardHead(
                int i, HeadRows queries, MemorySegment out, MemorySegment lse) {
            return new FlashForward.Head(
                    rows(queries, i),
                    rows(out, i),
                    lse,
                    4L * firstRow(i),
                    heads.biases(head(i), (long) sequence * positions),
                    firstRow(i));
        }

        FlashBackward.Head backwardHead(
                int i,
                Vectors vectors,
                MemorySegment out,
                MemorySegment lse,
                MemorySegment dOut,
                Vectors gradients) {
            return new FlashBackward.Head(
                    rows(vectors.queries, i),
                    rows(out, i),
                    rows(dOut, i),
                    rows(gradients.queries, i),
                    lse,
                    4L * firstRow(i),
                    heads.biases(head(i), (long) sequence * positions),
                    firstRow(i));
        }
    }
}
