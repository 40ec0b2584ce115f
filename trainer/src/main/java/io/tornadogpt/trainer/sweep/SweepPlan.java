package io.tornadogpt.trainer.sweep;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.LongStream;

/// Which settings a sweep tries, and how.
///
/// @param method how the settings of trials are found
/// @param dimensions what is varied
/// @param trials to draw at random; 0 for all of a grid
/// @param seeds each trial is trained once with each of them: initialization, batches and dropout
/// @param drawSeed of what is drawn at random
/// @param eta with successive halving one in so many trials goes on
/// @param firstSteps after how many steps trials are first compared, with successive halving; 0 for
///   a number that leaves one or two trials at the end
public record SweepPlan(
        Method method,
        List<Dimension> dimensions,
        int trials,
        List<Long> seeds,
        long drawSeed,
        int eta,
        int firstSteps) {
    /// More trials are a mistake in the space rather than a wish.
    public static final int MOST_TRIALS = 10_000;

    /// The usual seed of a run; those of further runs follow it.
    private static final long FIRST_SEED = 1337;

    private static final int DRAWS = 100;

    /// How the settings of trials are found, and which trials are trained to the end.
    public enum Method {
        /// All combinations of all values.
        GRID,
        /// Settings drawn at random.
        RANDOM,
        /// Successive halving (Jamieson and Talwalkar 2016): all trials are trained a little, the
        /// best of them go on for `eta` times as long, and so on.
        HALVING
    }

    public SweepPlan {
        dimensions = List.copyOf(dimensions);
        seeds = List.copyOf(seeds);
        if (dimensions.isEmpty()) {
            throw new IllegalArgumentException(
                    "nothing is varied; give a setting several values, as in"
                            + " train.learningRate=1e-3,3e-3");
        }
        Set<String> keys = new HashSet<>();
        for (Dimension dimension : dimensions) {
            if (!keys.add(dimension.key())) {
                throw new IllegalArgumentException(
                        dimension.key() + " is varied twice; give all of its values at once");
            }
        }
        if (trials < 0 || trials > MOST_TRIALS) {
            throw new IllegalArgumentException(
                    "%d trials are asked for; expected 1 to %d".formatted(trials, MOST_TRIALS));
        }
        if (method == Method.RANDOM && trials == 0) {
            throw new IllegalArgumentException(
                    "a random search needs to know how many trials to draw; set trials");
        }
        if (method == Method.GRID && trials > 0) {
            throw new IllegalArgumentException(
                    "a grid tries all %d combinations; leave trials out, or search at random"
                            .formatted(gridSize(dimensions)));
        }
        if (seeds.isEmpty() || new HashSet<>(seeds).size() < seeds.size()) {
            throw new IllegalArgumentException(
                    "the seeds are %s; expected at least one, all different".formatted(seeds));
        }
        if (eta < 2) {
            throw new IllegalArgumentException("eta is %d; expected 2 or more".formatted(eta));
        }
        if (firstSteps < 0) {
            throw new IllegalArgumentException(
                    "firstSteps is %d; expected 1 or more, or 0 to choose it"
                            .formatted(firstSteps));
        }
    }

    /// All combinations of values, with one seed.
    public static SweepPlan grid(List<Dimension> dimensions) {
        return new SweepPlan(Method.GRID, dimensions, 0, seeds(1), FIRST_SEED, 3, 0);
    }

    /// So many seeds: 1337, 1338 and so on.
    public static List<Long> seeds(int count) {
        return LongStream.range(FIRST_SEED, FIRST_SEED + count).boxed().toList();
    }

    private static long gridSize(List<Dimension> dimensions) {
        long size = 1;
        for (Dimension dimension : dimensions) {
            size = Math.min(size * dimension.grid().size(), Integer.MAX_VALUE);
        }
        return size;
    }

    /// The settings of each trial, in the order in which they are trained. The same plan has the
    /// same trials on every machine.
    ///
    /// @throws IllegalArgumentException where there are too many, or fewer different ones than
    ///   asked for
    public List<Map<String, String>> settings() {
        return trials == 0 ? combinations() : drawn();
    }

    private List<Map<String, String>> combinations() {
        long size = gridSize(dimensions);
        if (size > MOST_TRIALS) {
            throw new IllegalArgumentException(
                    "the grid has %d trials, more than %d; name fewer values, or draw some at random"
                            .formatted(size, MOST_TRIALS));
        }
        List<Map<String, String>> all = List.of(Map.of());
        for (Dimension dimension : dimensions) {
            var longer = new ArrayList<Map<String, String>>();
            for (Map<String, String> begun : all) {
                for (String value : dimension.grid()) {
                    var with = new LinkedHashMap<>(begun);
                    with.put(dimension.key(), value);
                    longer.add(with);
                }
            }
            all = longer;
        }
        return all;
    }

    private List<Map<String, String>> drawn() {
        var random = new SplittableRandom(drawSeed);
        var all = new LinkedHashMap<Map<String, String>, Boolean>();
        for (int draws = 0; all.size() < trials; draws++) {
            if (draws == DRAWS * trials) {
                throw new IllegalArgumentException(
                        "%d different trials are asked for, but the space gave only %d in %d draws; lower trials, or name more values"
                                .formatted(trials, all.size(), draws));
            }
            var settings = new LinkedHashMap<String, String>();
            dimensions.forEach(d -> settings.put(d.key(), d.draw(random)));
            all.put(settings, true);
        }
        return List.copyOf(all.keySet());
    }
}
