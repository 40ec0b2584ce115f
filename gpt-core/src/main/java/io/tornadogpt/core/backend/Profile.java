package io.tornadogpt.core.backend;

import java.util.Locale;

/// Where the time of a session went since it was opened or asked last.
///
/// @param launches kernels that were started
/// @param wallNanos time in which the host waited for runs
/// @param kernelNanos of that, time in which the device computed, as its clock says
/// @param transferNanos of that, time in which bytes went to the device or came back
public record Profile(long launches, long wallNanos, long kernelNanos, long transferNanos) {
    /// What is neither computing nor transfer: starting kernels, and waiting.
    public long overheadNanos() {
        return wallNanos - kernelNanos - transferNanos;
    }

    /// Times in milliseconds for each of some steps.
    ///
    /// @param unit what a step is called: `step`, `token`
    public String perStep(String unit, int steps) {
        double million = 1e6 * steps;
        return String.format(
                Locale.ROOT,
                "%.1f ms a %s: %.1f in kernels, %.1f in transfers, %.1f in between; %d launches",
                wallNanos / million,
                unit,
                kernelNanos / million,
                transferNanos / million,
                overheadNanos() / million,
                launches / steps);
    }
}
