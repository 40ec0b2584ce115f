package io.tornadogpt.cli;

import io.tornadogpt.core.backend.Profile;

import java.util.Locale;

/// Prints where the time of a step, or of a token, went.
///
/// @param unit what a step is called
/// @param steps how many the profile adds up
record ProfileTable(Screen screen, String unit, int steps) {
    private static final int ROWS = 15;
    private static final String LINE = "%-32s%9s%8s%9s%9s";

    void print(Profile profile) {
        screen.entry("profile", "%s", profile.perStep(unit, steps));
        if (profile.ops().isEmpty()) {
            return;
        }
        screen.line("");
        screen.line(screen.dim(LINE.formatted("op", "calls", "ms", "share", "GFLOP/s")));
        profile.ops().stream().limit(ROWS).forEach(op -> row(op, profile.wallNanos()));
        long rest = profile.ops().stream().skip(ROWS).mapToLong(Profile.OpTime::nanos).sum();
        if (rest > 0) {
            screen.line(
                    LINE.formatted(
                                    "%d others".formatted(profile.ops().size() - ROWS),
                                    "",
                                    milliseconds(rest),
                                    share(rest, profile.wallNanos()),
                                    "")
                            .stripTrailing());
        }
        screen.line("");
    }

    private void row(Profile.OpTime op, long wallNanos) {
        screen.line(
                LINE.formatted(
                        op.op(),
                        op.calls() / steps,
                        milliseconds(op.nanos()),
                        share(op.nanos(), wallNanos),
                        String.format(Locale.ROOT, "%.1f", op.gigaflops())));
    }

    private String milliseconds(long nanos) {
        return String.format(Locale.ROOT, "%.2f", nanos / 1e6 / steps);
    }

    private static String share(long nanos, long of) {
        return String.format(Locale.ROOT, "%.1f %%", 100.0 * nanos / of);
    }
}
