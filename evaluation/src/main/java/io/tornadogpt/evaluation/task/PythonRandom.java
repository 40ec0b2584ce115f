package io.tornadogpt.evaluation.task;

import java.util.HashSet;
import java.util.Set;

/// The random numbers of Python's `random.Random`, so that the same examples are chosen as by
/// programs written in it: the Mersenne Twister MT19937 of Matsumoto and Nishimura (1998).
///
/// Used by one thread at a time.
final class PythonRandom {
    private static final int N = 624;
    private static final int M = 397;

    private final int[] state = new int[N];
    private int at = N;

    /// @param seed 0 or more
    PythonRandom(int seed) {
        state[0] = 19650218;
        for (int i = 1; i < N; i++) {
            state[i] = 1812433253 * (state[i - 1] ^ state[i - 1] >>> 30) + i;
        }
        int i = 1;
        for (int k = 0; k < N; k++) {
            state[i] = (state[i] ^ (state[i - 1] ^ state[i - 1] >>> 30) * 1664525) + seed;
            i = following(i);
        }
        for (int k = 0; k < N - 1; k++) {
            state[i] = (state[i] ^ (state[i - 1] ^ state[i - 1] >>> 30) * 1566083941) - i;
            i = following(i);
        }
        state[0] = 0x80000000;
    }

    private int following(int i) {
        if (i + 1 < N) {
            return i + 1;
        }
        state[0] = state[N - 1];
        return 1;
    }

    private int next() {
        if (at == N) {
            for (int i = 0; i < N; i++) {
                int y = state[i] & 0x80000000 | state[(i + 1) % N] & 0x7fffffff;
                state[i] = state[(i + M) % N] ^ y >>> 1 ^ (y & 1) * 0x9908b0df;
            }
            at = 0;
        }
        int y = state[at++];
        y ^= y >>> 11;
        y ^= y << 7 & 0x9d2c5680;
        y ^= y << 15 & 0xefc60000;
        return y ^ y >>> 18;
    }

    /// A number below a bound of 1 or more.
    int below(int bound) {
        int bits = 32 - Integer.numberOfLeadingZeros(bound);
        int value = next() >>> (32 - bits);
        while (value >= bound) {
            value = next() >>> (32 - bits);
        }
        return value;
    }

    /// Numbers from 0 to n - 1, no two the same, as `sample(range(n), k)` chooses them.
    ///
    /// @param k from 0 to n
    int[] sample(int n, int k) {
        int[] chosen = new int[k];
        int fewest = 21;
        if (k > 5) {
            fewest += 1 << 2 * (int) Math.ceil(Math.log(3.0 * k) / Math.log(4));
        }
        if (n <= fewest) {
            int[] pool = new int[n];
            for (int i = 0; i < n; i++) {
                pool[i] = i;
            }
            for (int i = 0; i < k; i++) {
                int j = below(n - i);
                chosen[i] = pool[j];
                pool[j] = pool[n - i - 1];
            }
            return chosen;
        }
        Set<Integer> seen = new HashSet<>();
        for (int i = 0; i < k; i++) {
            int j = below(n);
            while (!seen.add(j)) {
                j = below(n);
            }
            chosen[i] = j;
        }
        return chosen;
    }
}
