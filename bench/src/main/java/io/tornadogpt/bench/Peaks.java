package io.tornadogpt.bench;

/// What the processor can do at most, measured by loops that do nothing else.
///
/// @param threads of the figures for several
/// @param vectorBits width of the vectors
/// @param flopsOneThread fused multiply-adds in a second on one thread, counted as two operations
/// @param flops the same on all threads together
/// @param readBytes bytes read from main memory in a second by all threads together
public record Peaks(
        int threads, int vectorBits, double flopsOneThread, double flops, double readBytes) {

    /// Measures, which takes about two seconds and a gigabyte of memory.
    ///
    /// @param threads 0 for one a processor
    public static Peaks measure(int threads) {
        int count = threads > 0 ? threads : Runtime.getRuntime().availableProcessors();
        double alone = MultiplyAddLoop.flopsPerSecond(1);
        return new Peaks(
                count,
                MultiplyAddLoop.VECTOR_BITS,
                alone,
                count == 1 ? alone : MultiplyAddLoop.flopsPerSecond(count),
                ReadLoop.bytesPerSecond(count));
    }
}
