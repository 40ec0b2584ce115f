package io.tornadogpt.kernels;

/// Threefry-4x32 with 12 rounds (Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3",
/// 2011), the bits of `io.tornadogpt.core.random.Threefry`.
///
/// Unrolled by hand: tables are no good in kernels. The key is given word by word for the same
/// reason, with its parity word.
final class ThreefryRounds {
    private static final int PARITY = 0x1BD11BDA;

    private ThreefryRounds() {}

    /// The random word that belongs to one element of a matrix at one place of the model.
    ///
    /// @param k0 first word of the key: seed low, seed high, step, micro-batch
    /// @param id number of the place
    static int word(int k0, int k1, int k2, int k3, int row, int column, int id, int layer) {
        int parity = PARITY ^ k0 ^ k1 ^ k2 ^ k3;
        int x0 = (column >> 2) + k0;
        int x1 = row + k1;
        int x2 = id + k2;
        int x3 = layer + k3;

        x0 += x1;
        x1 = rotated(x1, 10) ^ x0;
        x2 += x3;
        x3 = rotated(x3, 26) ^ x2;
        x0 += x3;
        x3 = rotated(x3, 11) ^ x0;
        x2 += x1;
        x1 = rotated(x1, 21) ^ x2;
        x0 += x1;
        x1 = rotated(x1, 13) ^ x0;
        x2 += x3;
        x3 = rotated(x3, 27) ^ x2;
        x0 += x3;
        x3 = rotated(x3, 23) ^ x0;
        x2 += x1;
        x1 = rotated(x1, 5) ^ x2;

        x0 += k1;
        x1 += k2;
        x2 += k3;
        x3 += parity + 1;

        x0 += x1;
        x1 = rotated(x1, 6) ^ x0;
        x2 += x3;
        x3 = rotated(x3, 20) ^ x2;
        x0 += x3;
        x3 = rotated(x3, 17) ^ x0;
        x2 += x1;
        x1 = rotated(x1, 11) ^ x2;
        x0 += x1;
        x1 = rotated(x1, 25) ^ x0;
        x2 += x3;
        x3 = rotated(x3, 10) ^ x2;
        x0 += x3;
        x3 = rotated(x3, 18) ^ x0;
        x2 += x1;
        x1 = rotated(x1, 20) ^ x2;

        x0 += k2;
        x1 += k3;
        x2 += parity;
        x3 += k0 + 2;

        x0 += x1;
        x1 = rotated(x1, 10) ^ x0;
        x2 += x3;
        x3 = rotated(x3, 26) ^ x2;
        x0 += x3;
        x3 = rotated(x3, 11) ^ x0;
        x2 += x1;
        x1 = rotated(x1, 21) ^ x2;
        x0 += x1;
        x1 = rotated(x1, 13) ^ x0;
        x2 += x3;
        x3 = rotated(x3, 27) ^ x2;
        x0 += x3;
        x3 = rotated(x3, 23) ^ x0;
        x2 += x1;
        x1 = rotated(x1, 5) ^ x2;

        x0 += k3;
        x1 += parity;
        x2 += k0;
        x3 += k1 + 3;

        int low = (column & 1) == 0 ? x0 : x1;
        int high = (column & 1) == 0 ? x2 : x3;
        return (column & 2) == 0 ? low : high;
    }

    /// Rotated to the left. TornadoVM makes a signed shift of `>>>`, so the sign's copies are
    /// masked.
    private static int rotated(int x, int distance) {
        return (x << distance) | ((x >> (32 - distance)) & ((1 << distance) - 1));
    }
}
