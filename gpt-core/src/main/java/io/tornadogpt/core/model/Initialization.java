package io.tornadogpt.core.model;

import io.tornadogpt.core.random.Threefry;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;

/// How a parameter starts.
public sealed interface Initialization {
    /// All elements equal: 1 for the weights of layer-norms, 0 for biases.
    record Constant(float value) implements Initialization {}

    /// Normally distributed around 0.
    record Normal(double standardDeviation) implements Initialization {}

    /// The values of one tensor, a function of seed and name alone.
    ///
    /// @param name of the tensor, the layer's number included
    /// @param count number of elements
    default float[] values(long seed, String name, int count) {
        float[] values = new float[count];
        switch (this) {
            case Constant(float value) -> Arrays.fill(values, value);
            case Normal(double deviation) -> fillNormal(values, deviation, seed, name);
        }
        return values;
    }

    /// Pairs of normal numbers from pairs of uniform ones (Box and Muller, 1958).
    private static void fillNormal(float[] values, double deviation, long seed, String name) {
        var crc = new CRC32();
        crc.update(name.getBytes(StandardCharsets.UTF_8));
        var random = new Threefry((int) seed, (int) (seed >>> 32), (int) crc.getValue(), 0);
        int[] words = new int[4];
        for (int i = 0; i < values.length; i += 4) {
            random.words(i >> 2, 0, 0, 0, words);
            for (int j = 0; j < 4 && i + j < values.length; j++) {
                double radius = Math.sqrt(-2 * Math.log(uniform(words[j & ~1])));
                double angle = 2 * Math.PI * uniform(words[j | 1]);
                double normal = radius * (j % 2 == 0 ? Math.cos(angle) : Math.sin(angle));
                values[i + j] = (float) (deviation * normal);
            }
        }
    }

    /// A number in (0, 1] from 32 random bits.
    private static double uniform(int word) {
        return ((word & 0xFFFFFFFFL) + 1) * 0x1p-32;
    }
}
