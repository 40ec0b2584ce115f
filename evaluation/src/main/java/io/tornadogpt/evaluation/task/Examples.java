package io.tornadogpt.evaluation.task;

import java.util.List;

/// The solved examples that come before each question.
///
/// Used by one thread at a time.
final class Examples {
    private final String task;
    private final List<String> pool;
    private final boolean own;
    private final boolean first;
    private final int shots;
    private final int drawn; // of the pool, for each question
    private final PythonRandom random;

    private Examples(
            String task,
            List<String> pool,
            boolean own,
            boolean first,
            int shots,
            int drawn,
            int seed) {
        this.task = task;
        this.pool = pool;
        this.own = own;
        this.first = first;
        this.shots = shots;
        this.drawn = drawn;
        random = new PythonRandom(seed);
        if (shots > 0 && pool.size() < drawn) {
            throw new IllegalArgumentException(
                    "task %s has %d examples to choose from, but %d are asked for before each question; ask for fewer"
                            .formatted(task, pool.size() - (drawn - shots), shots));
        }
    }

    /// Examples of a part of the data that no question is of, drawn anew for each question.
    ///
    /// @param pool each with its answer, as they stand in a prompt
    static Examples drawn(String task, List<String> pool, int shots, int seed) {
        return new Examples(task, pool, false, false, shots, shots, seed);
    }

    /// As [#drawn], with one example more drawn for each question and left out: the harness does so
    /// where a task names neither a part for examples nor one for tests.
    static Examples drawnWithOneMore(String task, List<String> pool, int shots, int seed) {
        return new Examples(task, pool, false, false, shots, shots + 1, seed);
    }

    /// Examples that are questions themselves; none comes before itself.
    static Examples ofThese(String task, List<String> pool, int shots, int seed) {
        return new Examples(task, pool, true, false, shots, shots + 1, seed);
    }

    /// The first examples, before every question the same.
    static Examples first(String task, List<String> pool, int shots) {
        return new Examples(task, pool, false, true, shots, shots, 0);
    }

    /// What comes before the next question.
    ///
    /// @param question number of it
    String before(int question) {
        if (shots == 0) {
            return "";
        }
        if (first) {
            return String.join("", pool.subList(0, shots));
        }
        int[] chosen = random.sample(pool.size(), drawn);
        var text = new StringBuilder();
        int taken = 0;
        for (int number : chosen) {
            boolean itself = own && pool.get(number).equals(pool.get(question));
            if (!itself && taken < shots) {
                text.append(pool.get(number));
                taken++;
            }
        }
        if (taken < shots) {
            throw new IllegalStateException(
                    "task %s repeats question %d among its examples; ask for fewer examples"
                            .formatted(task, question));
        }
        return text.toString();
    }
}
