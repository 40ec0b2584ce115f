package io.tornadogpt.cli;

import io.tornadogpt.core.model.ModelConfig;
import io.tornadogpt.core.model.arch.Architecture;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;

/// Numbers as people read them.
final class Show {
    private Show() {}

    /// `1,115,394`.
    static String count(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /// `1 layer`, `2 layers`.
    static String several(int count, String noun) {
        return count + " " + noun + (count == 1 ? "" : "s");
    }

    /// Three digits and a unit: `10.7M`, `804k`.
    static String rounded(double value) {
        String[] units = {"", "k", "M", "G", "T", "P"};
        int unit = 0;
        double scaled = value;
        while (scaled >= 999.5 && unit < units.length - 1) {
            scaled /= 1000;
            unit++;
        }
        String format =
                unit == 0 || scaled >= 99.95 ? "%.0f%s" : scaled >= 9.995 ? "%.1f%s" : "%.2f%s";
        return String.format(Locale.ROOT, format, scaled, units[unit]);
    }

    /// A learning rate: `9.85e-4`.
    static String rate(double value) {
        return String.format(Locale.ROOT, "%.2e", value).replaceFirst("e([+-])0", "e$1");
    }

    /// `2:31`, `1:02:31`.
    static String duration(double seconds) {
        Duration d = Duration.ofSeconds(Math.round(seconds));
        return d.toHours() > 0
                ? "%d:%02d:%02d".formatted(d.toHours(), d.toMinutesPart(), d.toSecondsPart())
                : "%d:%02d".formatted(d.toMinutes(), d.toSecondsPart());
    }

    /// A model in one line: `12 layers, 12 heads, 768 channels, block 1024, vocabulary 50,257`.
    static String architecture(ModelConfig config) {
        Architecture a = config.architecture();
        int heads = a.attention().heads();
        int keyValueHeads = a.attention().keyValueHeads();
        return "%s, %s%s, %d channels, block %d, vocabulary %s"
                .formatted(
                        several(a.layers(), "layer"),
                        several(heads, "head"),
                        keyValueHeads == heads ? "" : " (%d of keys)".formatted(keyValueHeads),
                        a.width(),
                        a.context(),
                        count(a.vocabulary()));
    }

    /// Text of a file or a model, which must not be able to move a terminal's cursor.
    static String harmless(String text) {
        return text.replaceAll("[\\p{Cntrl}&&[^\n\t]]", "\uFFFD");
    }

    /// A path as a shell takes it.
    static String quoted(Path path) {
        String text = path.toString();
        return text.matches("[\\w./+:@%,-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
    }
}
