package io.tornadogpt.curation.step;

/// Hashes of 64 bits.
final class Mixing {
    private Mixing() {}

    /// A bijection in which every bit of the argument changes about half of the bits: the finalizer
    /// of SplitMix64 (Steele, Lea and Flood 2014) in Stafford's variant 13.
    static long mix(long value) {
        long z = value;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    /// A hash of a sequence, from that of its beginning and its next member.
    static long add(long hash, long next) {
        return mix(hash * 0x9E3779B97F4A7C15L + next);
    }

    /// A hash of a text.
    static long of(CharSequence text) {
        long hash = 1125899906842597L;
        for (int i = 0; i < text.length(); i++) {
            hash = 31 * hash + text.charAt(i);
        }
        return mix(hash);
    }
}
