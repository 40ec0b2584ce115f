package io.tornadogpt.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tornadogpt.core.random.Threefry;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class RandomBitsPropertyTest {

    @Property(tries = 300, seed = "1")
    void bitsAreThoseOfTheReference(
            @ForAll int k0,
            @ForAll int k1,
            @ForAll int k2,
            @ForAll int k3,
            @ForAll int row,
            @ForAll int column,
            @ForAll int id,
            @ForAll int layer) {
        int expected = new Threefry(k0, k1, k2, k3).word(row, column, id, layer);
        assertEquals(expected, ThreefryRounds.word(k0, k1, k2, k3, row, column, id, layer));
    }
}
