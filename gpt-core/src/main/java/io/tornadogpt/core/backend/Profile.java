package io.tornadogpt.core.backend;

import io.tornadogpt.core.op.Op;

import java.util.List;
import java.util.Locale;

/// Where the time of a session went since it was opened or asked last.
///
/// @param launches kernels that were started
/// @param wallNanos time in which the host waited for runs
/// @param kernelNanos of that, time in which the device computed, as its clock says
/// @param zeroNanos of `kernelNanos`, time in which memory was filled with zeros before anything
///   ran
/// @param transferNanos of `wallNanos`, time in which bytes went to the device or came back
/// @param compileNanos of `wallNanos`, time in which kernels were made ready: programs laid out and
///   compiled, and what else running them for the first time took beside computing and transfers
/// @param sentBytes bytes that went to the device
/// @param ops what each kind of operation took, longest first; empty where the device does not
///   measure them one by one
public record Profile(
        long launches,
        long wallNanos,
        long kernelNanos,
        long zeroNanos,
        long transferNanos,
        long compileNanos,
        long sentBytes,
        List<OpTime> ops) {

    /// Operations of one kind and size.
    ///
    /// @param op name and sizes
    /// @param calls how many ran
    /// @param nanos that they took together
    /// @param flops floating-point operations of all of them, as [Op#flops] counts
    public record OpTime(String op, long calls, long nanos, long flops) {
        /// 10^9 floating-point operations a second.
        public double gigaflops() {
            return (double) flops / nanos;
        }
    }

    public Profile {
        ops = List.copyOf(ops);
    }

    /// What is neither computing nor transfer nor compiling: starting kernels, and waiting.
    public long overheadNanos() {
        return wallNanos - kernelNanos - transferNanos - compileNanos;
    }

    /// Times in milliseconds for each of some steps. Compiling is left out: it is not part of a
    /// step, but see [#once].
    ///
    /// @param unit what a step is called: `step`, `token`
    public String perStep(String unit, int steps) {
        double million = 1e6 * steps;
        return String.format(
                Locale.ROOT,
                "%.1f ms a %s: %.1f in kernels, %.1f in transfers, %.1f in between; %d launches",
                (wallNanos - compileNanos) / million,
                unit,
                kernelNanos / million,
                transferNanos / million,
                overheadNanos() / million,
                launches / steps);
    }

    /// Times in milliseconds of a first step, in which all is made ready.
    public String once() {
        return String.format(
                Locale.ROOT,
                "%.0f ms to compile, %.0f ms to bring %.1f MiB to the device, %.0f ms in kernels,"
                        + " %.0f of them to fill memory with zeros",
                compileNanos / 1e6,
                transferNanos / 1e6,
                sentBytes / (double) (1 << 20),
                kernelNanos / 1e6,
                zeroNanos / 1e6);
    }
}
