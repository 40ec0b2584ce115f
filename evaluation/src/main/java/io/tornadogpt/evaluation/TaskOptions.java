package io.tornadogpt.evaluation;

import java.util.OptionalInt;

/// How a task's items are made.
///
/// @param shots examples before each question; empty for as many as the task has by itself
/// @param limit how many items, from the first; 0 for all
/// @param seed of the choice of examples; 1234 chooses those of lm-evaluation-harness
public record TaskOptions(OptionalInt shots, int limit, int seed) {
    /// The task's own number of examples, all items, the harness's seed.
    public static final TaskOptions DEFAULT = new TaskOptions(OptionalInt.empty(), 0, 1234);

    private static final int MOST_SHOTS = 1000;

    public TaskOptions {
        if (shots.isPresent() && (shots.getAsInt() < 0 || shots.getAsInt() > MOST_SHOTS)) {
            throw new IllegalArgumentException(
                    "%d examples are asked for before each question; expected 0 to %d"
                            .formatted(shots.getAsInt(), MOST_SHOTS));
        }
        if (limit < 0) {
            throw new IllegalArgumentException(
                    "the limit is %d items; expected 1 or more, or 0 for all".formatted(limit));
        }
        if (seed < 0) {
            throw new IllegalArgumentException(
                    "the seed of the examples is %d; expected 0 or more".formatted(seed));
        }
    }

    public TaskOptions withShots(int value) {
        return new TaskOptions(OptionalInt.of(value), limit, seed);
    }

    public TaskOptions withLimit(int value) {
        return new TaskOptions(shots, value, seed);
    }
}
