package io.tornadogpt.cli;

import io.tornadogpt.bench.Measurement;
import io.tornadogpt.bench.Peaks;
import io.tornadogpt.bench.Quartiles;
import io.tornadogpt.trainer.loop.MemoryBudget;

import org.jspecify.annotations.Nullable;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Prints measurements below each other.
final class BenchTable {
    private static final int NARROWEST_NAME = 9;
    private static final String SPEED = "%9s%10s%16s";
    private static final String TRAINED = "%9s%9s";
    private static final String GENERATED = "%10s%10s%9s";
    private static final String MEMORY = "%11s";

    private final Screen screen;
    private final boolean generation;
    private final String nameFormat;
    private final @Nullable Peaks peaks;

    /// @param generation whether tokens are generated rather than trained on
    /// @param names of its rows
    /// @param peaks null where the device's are not known
    BenchTable(Screen screen, boolean generation, Collection<String> names, @Nullable Peaks peaks) {
        this.screen = screen;
        this.generation = generation;
        int longest = names.stream().mapToInt(String::length).max().orElse(0);
        this.nameFormat = "%-" + Math.max(NARROWEST_NAME, longest) + "s";
        this.peaks = peaks;
    }

    void heading() {
        String speed =
                SPEED.formatted("tokens/s", generation ? "ms/token" : "ms/step", "middle half");
        String work =
                generation
                        ? GENERATED.formatted("first ms", "weights", "of peak")
                        : TRAINED.formatted("FLOP/s", "of peak");
        String all = nameFormat.formatted("") + speed + work + MEMORY.formatted("memory");
        screen.line(screen.dim(all));
    }

    void row(String name, Measurement measured) {
        Quartiles ms = measured.milliseconds();
        String speed =
                SPEED.formatted(
                        Show.rounded(measured.tokensPerSecond()),
                        ms(ms.median()),
                        "%s - %s".formatted(ms(ms.low()), ms(ms.high())));
        String work = generation ? generated(measured) : trained(measured);
        String memory = measured.peakBytes() == 0 ? "?" : MemoryBudget.format(measured.peakBytes());
        screen.line(nameFormat.formatted(name) + speed + work + MEMORY.formatted(memory));
    }

    private String trained(Measurement measured) {
        double flops = measured.flopsPerSecond();
        return TRAINED.formatted(
                Show.rounded(flops), peaks == null ? "?" : share(flops / peaks.flops()));
    }

    private String generated(Measurement measured) {
        double read = measured.weightBytesPerSecond().orElseThrow();
        return GENERATED.formatted(
                ms(measured.firstTokenMilliseconds().orElseThrow()),
                Show.rounded(read) + "B/s",
                peaks == null ? "?" : share(read / peaks.readBytes()));
    }

    /// How many times as fast the second row was.
    void ratio(Quartiles ratio) {
        screen.line(
                nameFormat.formatted("ratio")
                        + SPEED.formatted(
                                String.format(Locale.ROOT, "%.3f", ratio.median()),
                                "",
                                String.format(
                                        Locale.ROOT, "%.3f - %.3f", ratio.low(), ratio.high())));
    }

    /// What is planned for gradients and the optimizer's state, of each row; and what the second
    /// has of the first.
    void learning(Map<String, Measurement> rows) {
        List<Long> all = rows.values().stream().map(row -> row.facts().learningBytes()).toList();
        if (all.getFirst() == 0) {
            return;
        }
        screen.line("");
        screen.line("planned for gradients and the optimizer's state:");
        rows.forEach(
                (name, row) ->
                        screen.line(
                                nameFormat.formatted(name)
                                        + "  "
                                        + MemoryBudget.format(row.facts().learningBytes())));
        if (all.size() > 1) {
            screen.line(
                    nameFormat.formatted("share")
                            + String.format(
                                    Locale.ROOT,
                                    "  %.2f %%",
                                    100.0 * all.getLast() / all.getFirst()));
        }
    }

    /// What the shares are of.
    void peaks() {
        if (peaks != null) {
            screen.line("");
            screen.entry(
                    "peak",
                    "%sFLOP/s on %d threads, %sFLOP/s on one; reads %sB/s from memory",
                    Show.rounded(peaks.flops()),
                    peaks.threads(),
                    Show.rounded(peaks.flopsOneThread()),
                    Show.rounded(peaks.readBytes()));
        }
    }

    private static String ms(double milliseconds) {
        String format = milliseconds >= 100 ? "%.0f" : milliseconds >= 10 ? "%.1f" : "%.2f";
        return String.format(Locale.ROOT, format, milliseconds);
    }

    private static String share(double share) {
        return String.format(Locale.ROOT, "%.0f %%", 100 * share);
    }
}
