package io.tornadogpt.cpu.kernels;

import static io.tornadogpt.cpu.kernels.Buffers.random;
import static io.tornadogpt.cpu.kernels.Buffers.read;
import static io.tornadogpt.cpu.kernels.Buffers.sameForAnyThreads;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.tornadogpt.core.tensor.DType;

import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;

class CachedAttentionTest {
    private static final int SLOTS = 4;
    private static final int CAPACITY = 40;
    private static final int HEADS = 4;
    private static final int KEY_VALUE_HEADS = 2;
    private static final int SIZE = 20;
    private static final int WIDTH = (HEADS + 2 * KEY_VALUE_HEADS) * SIZE;
    private static final int CHANNELS = HEADS * SIZE;

    /// Sequences of a batch, each at one new position.
    private static float[] run(float[] vectors, float[] cache, int[] slots, int[] positions) {
        return sameForAnyThreads(
                (workers, buffers) -> {
                    var kernel =
                            new CachedAttentionKernel(
                                    workers,
                                    slots.length,
                                    1,
                                    SLOTS,
                                    CAPACITY,
                                    new Heads(HEADS, KEY_VALUE_HEADS, SIZE, 0.2f, 0, null),
                                    0,
                                    DType.F32);
                    var queries = new HeadRows(buffers.of(vectors), 0, 4L * WIDTH);
                    MemorySegment keyCache = buffers.of(cache);
                    MemorySegment valueCache = buffers.of(cache);
                    MemorySegment out = buffers.nan(slots.length * CHANNELS);
                    kernel.forward(
                            new CachedAttentionKernel.Memory(
                                    queries,
                                    queries.from(0, CHANNELS),
                                    queries.from(0, CHANNELS + KEY_VALUE_HEADS * SIZE),
                                    keyCache,
                                    valueCache,
                                    buffers.of(slots),
                                    buffers.of(positions),
                                    out));
                    return read(out, keyCache, valueCache);
                });
    }

    private static float[] cache() {
        return random(new Random(3), SLOTS * KEY_VALUE_HEADS * CAPACITY * SIZE);
    }

    @Test
    void sequencesAtDifferentPositionsGiveWhatEachGivesAlone() {
        int[] slots = {2, 0, 3};
        int[] positions = {17, 0, 39};
        float[] vectors = random(new Random(4), slots.length * WIDTH);
        float[] together = run(vectors, cache(), slots, positions);
        for (int b = 0; b < slots.length; b++) {
            float[] alone =
                    run(
                            Arrays.copyOfRange(vectors, b * WIDTH, (b + 1) * WIDTH),
                            cache(),
                            new int[] {slots[b]},
                            new int[] {positions[b]});
            assertArrayEquals(
                    Arrays.copyOf(alone, CHANNELS),
                    Arrays.copyOfRange(together, b * CHANNELS, (b + 1) * CHANNELS));
        }
    }

    @Test
    void anIdleSequenceLeavesItsSlotAsItIs() {
        float[] vectors = random(new Random(4), 2 * WIDTH);
        float[] cache = cache();
        float[] results = run(vectors, cache, new int[] {1, 0}, new int[] {-1, -1});
        assertArrayEquals(new float[2 * CHANNELS], Arrays.copyOf(results, 2 * CHANNELS));
        int caches = 2 * CHANNELS;
        assertArrayEquals(
                cache, Arrays.copyOfRange(results, caches, caches + cache.length), "keys");
        assertArrayEquals(
                cache, Arrays.copyOfRange(results, caches + cache.length, results.length));
    }

    @Test
    void slotsAndPositionsOutsideTheCacheAreRefused() {
        assertRefused(
                new int[] {1, 4},
                new int[] {0, 0},
                "CachedAttention: the slot of sequence 1 is 4; the cache has slots 0 to 3");
        assertRefused(
                new int[] {2, 2},
                new int[] {0, 5},
                "CachedAttention: sequences 0 and 1 are both in slot 2; each needs its own");
        assertRefused(
                new int[] {1, 2},
                new int[] {0, 40},
                "CachedAttention: position 0 of sequence 1 is 40; the cache holds positions 0 to"
                        + " 39");
    }

    private static void assertRefused(int[] slots, int[] positions, String message) {
        float[] vectors = new float[2 * WIDTH];
        var thrown =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> run(vectors, cache(), slots, positions));
        assertEquals(message, thrown.getMessage());
    }
}
