package io.tornadogpt.trainer.sweep;

import io.tornadogpt.trainer.settings.Settings;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/// A setting that a sweep tries several values of.
public sealed interface Dimension {
    /// The setting, such as `train.learningRate`.
    String key();

    /// All values of a grid.
    ///
    /// @throws IllegalArgumentException where it is a range without a number of points
    List<String> grid();

    /// A value drawn at random.
    String draw(SplittableRandom random);

    /// How a range is divided.
    enum Scale {
        /// Equal differences are equally likely.
        LINEAR,
        /// Equal ratios are equally likely.
        LOG
    }

    /// Values that are named one by one.
    ///
    /// @param values at least one, all different
    record Values(String key, List<String> values) implements Dimension {
        public Values {
            values = List.copyOf(values);
            if (values.isEmpty()) {
                throw new IllegalArgumentException(
                        key + " has no values to try; name at least one");
            }
            if (new HashSet<>(values).size() < values.size()) {
                throw new IllegalArgumentException(
                        "%s is to be %s, where a value stands twice; name each once"
                                .formatted(key, String.join(", ", values)));
            }
        }

        @Override
        public List<String> grid() {
            return values;
        }

        @Override
        public String draw(SplittableRandom random) {
            return values.get(random.nextInt(values.size()));
        }
    }

    /// Numbers between two others.
    ///
    /// @param scale whether differences or ratios are equally likely
    /// @param points of a grid, both ends among them; 0 where there is no grid
    /// @param whole whether the setting is a whole number
    record Range(String key, double min, double max, Scale scale, int points, boolean whole)
            implements Dimension {
        private static final MathContext DIGITS = new MathContext(4);

        public Range {
            boolean positive = min > 0 || scale == Scale.LINEAR;
            if (!(min < max) || !Double.isFinite(max - min) || !positive) {
                throw new IllegalArgumentException(
                        "%s is to lie between %s and %s; expected min less than max%s"
                                .formatted(
                                        key,
                                        min,
                                        max,
                                        scale == Scale.LOG
                                                ? ", and min more than 0 on a log scale"
                                                : ""));
            }
            if (points < 0 || points == 1) {
                throw new IllegalArgumentException(
                        "%s has %d points; expected 2 or more".formatted(key, points));
            }
        }

        @Override
        public List<String> grid() {
            if (points == 0) {
                throw new IllegalArgumentException(
                        "%s is a range without points, of which no grid can be made; give it points, or draw at random"
                                .formatted(key));
            }
            return IntStream.range(0, points)
                    .mapToObj(i -> text(at(i / (points - 1.0))))
                    .distinct()
                    .toList();
        }

        @Override
        public String draw(SplittableRandom random) {
            return text(at(random.nextDouble()));
        }

        private double at(double fraction) {
            // StrictMath: the same trials on every machine.
            return scale == Scale.LINEAR
                    ? min + fraction * (max - min)
                    : StrictMath.exp(
                            StrictMath.log(min)
                                    + fraction * (StrictMath.log(max) - StrictMath.log(min)));
        }

        private String text(double value) {
            return whole
                    ? Long.toString(Math.round(value))
                    : Double.toString(new BigDecimal(value).round(DIGITS).doubleValue());
        }
    }

    /// Reads `key=v1,v2`. Where the setting is a text, a comma belongs to a value, for such
    /// settings have commas in them (`model.windows=0,64`), and a semicolon separates values.
    ///
    /// @param settings that there are
    /// @throws IllegalArgumentException where the key is unknown or a value is not of its type
    static Values parse(Settings settings, String assignment) {
        int equals = assignment.indexOf('=');
        if (equals < 1) {
            settings.with(assignment); // says what is wrong
        }
        String key = assignment.substring(0, equals).strip();
        String separator = settings.type(key) == String.class ? ";" : ",";
        List<String> values =
                Arrays.stream(assignment.substring(equals + 1).split(separator, -1))
                        .map(String::strip)
                        .toList();
        values.forEach(value -> settings.with(key, value));
        return new Values(key, values);
    }
}
