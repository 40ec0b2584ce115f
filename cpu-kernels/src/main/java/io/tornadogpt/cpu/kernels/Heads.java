package io.tornadogpt.cpu.kernels;

import io.tornadogpt.core.op.Attention;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;

/// The heads of an attention, and how their scores are made.
///
/// @param count H
/// @param keyValueCount KV, which divides H
/// @param size D
/// @param scale of products
/// @param cap of scaled products; 0 for none
/// @param biases `[.., H]`, what each position adds to scores before they are scaled; null for 0
record Heads(
        int count,
        int keyValueCount,
        int size,
        float scale,
        float cap,
        @Nullable MemorySegment biases) {
    static Heads of(Attention.Heads heads, Binding binding) {
        return new Heads(
                heads.count(),
                heads.keyValueCount(),
                heads.size(),
                (float) heads.scale(),
                (float) heads.cap(),
                binding.atOrNull(heads.biases()));
    }

    /// How many heads share a head of keys and values.
    int group() {
        return count / keyValueCount;
    }

    /// Of a head, the biases of a sequence, or null.
    ///
    /// @param firstRow the row of its position 0
    @Nullable Biases biases(int head, long firstRow) {
        return biases == null
                ? null
                : new Biases(biases, 4L * (firstRow * count + head), 4L * count);
    }
}
