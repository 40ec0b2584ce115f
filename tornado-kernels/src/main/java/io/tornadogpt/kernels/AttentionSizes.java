package io.tornadogpt.kernels;

import io.tornadogpt.core.op.Attention;
import io.tornadogpt.core.op.Attention.Columns;

/// Sizes of attention in two numbers, because a TornadoVM task takes no more than 20 arguments.
/// They are scalars, so a device's compiler sees constants in what kernels take out of them.
final class AttentionSizes {
    private static final int MOST_HEADS = 1023;
    private static final int MOST_COLUMNS = (1 << 20) - 1;

    private AttentionSizes() {}

    /// Heads, and what scores and views are made of.
    ///
    /// @param positions T, or the capacity of a cache
    /// @throws IllegalArgumentException if there are more heads than a kernel can count, or a head
    ///   is larger than [AttentionKernels#LARGEST_HEAD]
    static long of(Attention.Heads heads, Attention.View view, int positions) {
        if (heads.count() > MOST_HEADS) {
            throw new IllegalArgumentException(
                    "attention has %d heads; its kernels take up to %d"
                            .formatted(heads.count(), MOST_HEADS));
        }
        if (heads.size() > AttentionKernels.LARGEST_HEAD) {
            throw new IllegalArgumentException(
                    "a head has %d channels; attention kernels take 1 to %d: use more heads"
                            .formatted(heads.size(), AttentionKernels.LARGEST_HEAD));
        }
        return (long) positions << 32
                | (heads.biases() == null ? 0 : 1L << 31)
                | (view.spans() == null ? 0 : 1L << 30)
                | (long) heads.count() << 20
                | (long) heads.keyValueCount() << 10
                | (view.causal() ? 1L << 9 : 0)
                | heads.size();
    }

    static int positions(long sizes) {
        return (int) (sizes >> 32);
    }

    /// Whether the last positions that rows see are bounded by the rows' own.
    static boolean causal(long sizes) {
        return (sizes & (1L << 9)) != 0;
    }

    /// Whether what each row sees is given.
    static boolean spans(long sizes) {
        return (sizes & (1L << 30)) != 0;
    }

    /// Whether positions have biases.
    static boolean biases(long sizes) {
        return (sizes & (1L << 31)) != 0;
    }

    static int heads(long sizes) {
        return (int) (sizes >> 20) & MOST_HEADS;
    }

    static int keyValueHeads(long sizes) {
        return (int) (sizes >> 10) & MOST_HEADS;
    }

    static int headSize(long sizes) {
        return (int) sizes & 511;
    }

    /// Elements from one row to the next, of queries, keys and values.
    ///
    /// @throws IllegalArgumentException if a row is longer than a kernel can count
    static long strides(Columns queries, Columns keys, Columns values) {
        return stride(queries) << 40 | stride(keys) << 20 | stride(values);
    }

    private static long stride(Columns columns) {
        if (columns.stride() > MOST_COLUMNS) {
            throw new IllegalArgumentException(
                    "%s has %d columns; attention kernels take up to %d"
                            .formatted(columns.tensor(), columns.stride(), MOST_COLUMNS));
        }
        return columns.stride();
    }

    static int queryStride(long strides) {
        return (int) (strides >> 40) & MOST_COLUMNS;
    }

    static int keyStride(long strides) {
        return (int) (strides >> 20) & MOST_COLUMNS;
    }

    static int valueStride(long strides) {
        return (int) strides & MOST_COLUMNS;
    }

    /// Where the columns of a tensor begin.
    static long place(DeviceTensors tensors, Columns columns) {
        return tensors.place(columns.tensor()) + ((long) columns.first() << 32);
    }
}
