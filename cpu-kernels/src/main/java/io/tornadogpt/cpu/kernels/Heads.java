package io.tornadogpt.cpu.kernels;

import io.tornadogpt.core.op.Attention;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The heads of an attention, and how their scores are made.
///
/// @param count H
/// @param keyValueCount KV, which divides H
/// @param size D
/// @param scale of products
/// @param cap of scaled products; 0 for none
/// @param slopes `[H]`, what a score gains for each position of distance; null for 0
record Heads(
        int count,
        int keyValueCount,
        int size,
        float scale,
        float cap,
        @Nullable MemorySegment slopes) {
    static Heads of(Attention.Heads heads, Binding binding) {
        return new Heads(
                heads.count(),
                heads.keyValueCount(),
                heads.size(),
                (float) heads.scale(),
                (float) heads.cap(),
                binding.atOrNull(heads.slopes()));
    }

    /// How many heads share a head of keys and values.
    int group() {
        return count / keyValueCount;
    }

    float slope(int head) {
        return slopes == null ? 0 : slopes.getAtIndex(ValueLayout.JAVA_FLOAT, head);
    }
}
