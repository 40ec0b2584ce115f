package io.tornadogpt.core.random;

/// Threefry-4x32 with 12 rounds (Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3",
/// 2011): a counter-based generator of adds, xors and rotations, so that every device makes the
/// same bits from the same key and counter and nothing is carried from call to call.
///
/// Twelve rounds are the fewest that the paper found to pass BigCrush.
///
/// Immutable, so that threads may share it.
public final class Threefry {
    /// Rotation distances of rounds r mod 8, one for each pair of words.
    private static final int[][] ROTATIONS = {
        {10, 26}, {11, 21}, {13, 27}, {23, 5}, {6, 20}, {17, 11}, {25, 10}, {18, 20}
    };

    private static final int PARITY = 0x1BD11BDA;
    private static final int ROUNDS = 12;

    private final int[] keys;
    private final int rounds;

    /// A generator for one key of four words.
    public Threefry(int k0, int k1, int k2, int k3) {
        this(new int[] {k0, k1, k2, k3}, ROUNDS);
    }

    /// Another number of rounds, to be compared with published answers.
    Threefry(int[] key, int rounds) {
        int parity = PARITY ^ key[0] ^ key[1] ^ key[2] ^ key[3];
        this.keys = new int[] {key[0], key[1], key[2], key[3], parity};
        this.rounds = rounds;
    }

    /// The key that programs use for one micro-batch of one step.
    public static Threefry of(long seed, int step, int microBatch) {
        return new Threefry((int) seed, (int) (seed >>> 32), step, microBatch);
    }

    /// Encrypts one counter of four words.
    ///
    /// @param out four random words, written
    public void words(int c0, int c1, int c2, int c3, int[] out) {
        int x0 = c0 + keys[0];
        int x1 = c1 + keys[1];
        int x2 = c2 + keys[2];
        int x3 = c3 + keys[3];
        for (int round = 0; round < rounds; round++) {
            int[] distance = ROTATIONS[round % 8];
            if (round % 2 == 0) {
                x0 += x1;
                x1 = Integer.rotateLeft(x1, distance[0]) ^ x0;
                x2 += x3;
                x3 = Integer.rotateLeft(x3, distance[1]) ^ x2;
            } else {
                x0 += x3;
                x3 = Integer.rotateLeft(x3, distance[0]) ^ x0;
                x2 += x1;
                x1 = Integer.rotateLeft(x1, distance[1]) ^ x2;
            }
            if (round % 4 == 3) {
                int injection = round / 4 + 1;
                x0 += keys[injection % 5];
                x1 += keys[(injection + 1) % 5];
                x2 += keys[(injection + 2) % 5];
                x3 += keys[(injection + 3) % 5] + injection;
            }
        }
        out[0] = x0;
        out[1] = x1;
        out[2] = x2;
        out[3] = x3;
    }

    /// The random word that belongs to one element of a matrix at one place of the model.
    ///
    /// @param id number of the place
    public int word(int row, int column, int id, int layer) {
        int[] out = new int[4];
        words(column >> 2, row, id, layer, out);
        return out[column & 3];
    }
}
