package io.tornadogpt.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.tornadogpt.core.op.Attention.Columns;
import io.tornadogpt.core.op.Attention.Heads;
import io.tornadogpt.core.op.Attention.View;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Shape;
import io.tornadogpt.core.tensor.TensorSpec;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/// What is packed into a number comes out again, and what does not fit is refused.
class AttentionSizesTest {
    @Property(tries = 200, seed = "1")
    void sizesComeOutAsTheyWentIn(
            @ForAll @IntRange(min = 1, max = 31) int keyValueHeads,
            @ForAll @IntRange(min = 1, max = 33) int shared,
            @ForAll @IntRange(min = 1, max = 256) int size,
            @ForAll @IntRange(min = 1) int positions,
            @ForAll boolean causal) {
        int count = keyValueHeads * shared;
        var heads = new Heads(count, keyValueHeads, size, 1, 0, null);
        long sizes = AttentionSizes.of(heads, new View(causal, null, null), positions);
        assertEquals(positions, AttentionSizes.positions(sizes));
        assertEquals(count, AttentionSizes.heads(sizes));
        assertEquals(keyValueHeads, AttentionSizes.keyValueHeads(sizes));
        assertEquals(size, AttentionSizes.headSize(sizes));
        assertEquals(causal, AttentionSizes.causal(sizes));
        assertEquals(false, AttentionSizes.spans(sizes));
        assertEquals(false, AttentionSizes.biases(sizes));
    }

    @Property(tries = 200, seed = "2")
    void stridesComeOutAsTheyWentIn(
            @ForAll @IntRange(min = 1, max = 1048575) int queries,
            @ForAll @IntRange(min = 1, max = 1048575) int keys,
            @ForAll @IntRange(min = 1, max = 1048575) int values) {
        long strides = AttentionSizes.strides(columns(queries), columns(keys), columns(values));
        long withParts = strides | 3L << 60;
        assertEquals(queries, AttentionSizes.queryStride(withParts));
        assertEquals(keys, AttentionSizes.keyStride(withParts));
        assertEquals(values, AttentionSizes.valueStride(withParts));
        assertEquals(3, (int) (withParts >> 60));
    }

    @Example
    void whatDoesNotFitIsRefused() {
        assertRefused(
                "attention has 1024 heads; its kernels take up to 1023",
                () -> AttentionSizes.of(new Heads(1024, 8, 1), View.CAUSAL, 1));
        assertRefused(
                "a head has 257 channels; attention kernels take 1 to 256: use more heads",
                () -> AttentionSizes.of(new Heads(1, 257, 1), View.CAUSAL, 1));
        Columns wide = columns(1 << 20);
        assertRefused(
                "x[1, 1, 1048576] has 1048576 columns; attention kernels take up to 1048575",
                () -> AttentionSizes.strides(wide, wide, wide));
    }

    private static void assertRefused(String sentence, Runnable attempt) {
        var refusal = assertThrows(IllegalArgumentException.class, attempt::run);
        assertEquals(sentence, refusal.getMessage());
    }

    private static Columns columns(int count) {
        var spec = new TensorSpec("x", Shape.of(1, 1, count), DType.F32, Role.INPUT);
        return new Columns(spec.whole(), 0);
    }
}
