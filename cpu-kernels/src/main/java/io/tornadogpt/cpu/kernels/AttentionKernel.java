package io.tornadogpt.cpu.kernels;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;

/// Causal multi-head self-attention, forward and backward, head by head: [FlashForward] and
/// [FlashBackward] do the work.
///
/// @param workers threads
/// @param batch B
/// @param positions T
/// @param channels C
/// @param heads H
/// @param scale of scores
/// @param window how many keys a query sees at most; 0 for all
/// @param dropout of probabilities, or null
public record AttentionKernel(
        Workers workers,
        int batch,
        int positions,
        int channels,
        int heads,
        float scale,
        int window,
        @Nullable KeepFactors dropout) {
    /// Where there are fewer heads than this, the queries of a head are shared out too.
    private static final int WANTED_UNITS = 32;

    /// @param qkv `[B, T, 3C]`
    /// @param out `[B, T, C]`
    /// @param lse `[B, H, T]`
    public void forward(MemorySegment qkv, MemorySegment out, MemorySegment lse) {
        int blocks = Math.ceilDiv(positions, FlashForward.QUERIES);
        int wanted = Math.ceilDiv(WANTED_UNITS, batch * heads);
        int blocksAUnit = Math.ceilDiv(blocks, Math.min(blocks, wanted));
        int unitsAHead = Math.ceilDiv(blocks, blocksAUnit);
        int queries = blocksAUnit * FlashForward.QUERIES;
        workers.run(
                batch * heads * unitsAHead,
                (unit, scratch) -> {
                    int head = unit / unitsAHead;
                    int from = unit % unitsAHead * queries;
                    int to = Math.min(positions, from + queries);
                    new FlashForward(forwardHead(head, qkv, out, lse), from, to, scratch)
                            .run(from, to);
                });
    }

    private FlashForward.Head forwardHead(
            int head, MemorySegment qkv, MemorySegment out, MemorySegment lse) {
        return new FlashForward.Head(
                part(qkv, head, 0),
                part(qkv, head, 1),
                part(qkv, head, 2),
                row(out, head),
                lse,
                4L * head * positions,
                0,
                channels / heads,
                scale,
                window,
                dropout,
                head * positions);
    }

    /// @param qkv `[B, T, 3C]`
    /// @param out `[B, T, C]`
    /// @param lse `[B, H, T]`
    /// @param dOut `[B, T, C]`
    /// @param dQkv `[B, T, 3C]`, assigned
    public void backward(
            MemorySegment qkv,
            MemorySegment out,
            MemorySegment lse,
            MemorySegment dOut,
            MemorySegment dQkv) {
        workers.run(
                batch * heads,
                (head, scratch) ->
                        new FlashBackward(backwardHead(head, qkv, out, lse, dOut, dQkv), scratch)
                                .run());
    }

    private FlashBackward.Head backwardHead(
            int head,
            MemorySegment qkv,
            MemorySegment out,
            MemorySegment lse,
            MemorySegment dOut,
            MemorySegment dQkv) {
        return new FlashBackward.Head(
                part(qkv, head, 0),
                part(qkv, head, 1),
                part(qkv, head, 2),
                row(out, head),
                row(dOut, head),
                part(dQkv, head, 0),
                part(dQkv, head, 1),
                part(dQkv, head, 2),
                lse,
                4L * head * positions,
                positions,
                channels / heads,
                scale,
                window,
                dropout,
                head * positions);
    }

    /// The queries (0), keys (1) or values (2) of head `b * H + h`.
    private HeadRows part(MemorySegment qkv, int head, int part) {
        long stride = 12L * channels;
        long offset = (long) (head / heads) * positions * stride;
        return new HeadRows(qkv, offset + 4L * (part * channels + column(head)), stride);
    }

    /// The outputs of head `b * H + h`.
    private HeadRows row(MemorySegment out, int head) {
        long stride = 4L * channels;
        long offset = (long) (head / heads) * positions * stride;
        return new HeadRows(out, offset + 4L * column(head), stride);
    }

    private int column(int head) {
        return head % heads * (channels / heads);
    }
}
