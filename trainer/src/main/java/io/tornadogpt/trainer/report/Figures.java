package io.tornadogpt.trainer.report;

import java.time.Duration;
import java.util.Locale;

/// Numbers as a page shows them.
final class Figures {
    private Figures() {}

    /// `1,115,394`.
    static String count(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /// A loss: `2.5586`; words for what is no number.
    static String loss(double value) {
        return Double.isFinite(value)
                ? String.format(Locale.ROOT, "%.4f", value)
                : Double.isNaN(value) ? "not a number" : "infinite";
    }

    /// Three digits and a unit: `15.4k`, `935k`, `0.25`; small ones as [#rate] has them.
    static String rounded(double value) {
        if (!Double.isFinite(value)) {
            return loss(value);
        }
        if (value != 0 && Math.abs(value) < 0.005) {
            return rate(value);
        }
        String[] units = {"", "k", "M", "G", "T", "P"};
        int unit = 0;
        double scaled = value;
        while (Math.abs(scaled) >= 999.5 && unit < units.length - 1) {
            scaled /= 1000;
            unit++;
        }
        double size = Math.abs(scaled);
        int decimals = size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2;
        return String.format(Locale.ROOT, "%." + decimals + "f%s", scaled, units[unit]);
    }

    /// A mark on an axis: [#rounded] without zeros at its end.
    static String mark(double value) {
        return rounded(value)
                .replaceFirst("(\\.\\d*?)0+(?=\\D|$)", "$1")
                .replaceFirst("\\.(?=\\D|$)", "");
    }

    /// A learning rate: `9.85e-4`, `2e-3`.
    static String rate(double value) {
        return value == 0
                ? "0"
                : String.format(Locale.ROOT, "%.2e", value)
                        .replaceFirst("\\.?0*e", "e")
                        .replaceFirst("e([+-])0", "e$1");
    }

    /// `2 min 31 s`, `1 h 2 min`.
    static String duration(double seconds) {
        Duration d = Duration.ofSeconds(Math.round(seconds));
        if (d.toHours() > 0) {
            return count(d.toHours()) + " h " + d.toMinutesPart() + " min";
        }
        return d.toMinutes() > 0
                ? d.toMinutes() + " min " + d.toSecondsPart() + " s"
                : d.toSeconds() + " s";
    }

    /// A number in markup, such as a coordinate: one decimal, none where it is zero.
    static String coordinate(double value) {
        long tenths = Math.round(value * 10);
        return tenths % 10 == 0
                ? Long.toString(tenths / 10)
                : (tenths < 0 ? "-" : "") + Math.abs(tenths) / 10 + "." + Math.abs(tenths) % 10;
    }
}
