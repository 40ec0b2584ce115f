package io.tornadogpt.trainer.sweep;

import java.util.ArrayList;
import java.util.List;

/// When trials are compared, and how many of them go on.
///
/// @param halving whether they are compared before the end
/// @param eta one in so many trials goes on, for so many times as many steps
/// @param firstSteps after how many they are first compared; 0 for a number that leaves few trials
///   at the end
record Rungs(boolean halving, int eta, int firstSteps) {

    /// After how many steps trials are compared, the last of them all that a trial has.
    ///
    /// @param count of trials
    /// @param steps that a trial has
    /// @param interval between evaluations
    /// @throws IllegalArgumentException where the first comparison does not fit
    List<Integer> of(int count, int steps, int interval) {
        if (!halving) {
            return List.of(steps);
        }
        int first = firstSteps == 0 ? usual(count, steps, interval) : firstSteps;
        if (first % interval != 0) {
            throw new IllegalArgumentException(
                    "trials are first compared after %d steps, where nothing is measured; make it a multiple of train.evalInterval, %d"
                            .formatted(first, interval));
        }
        if (first >= steps) {
            throw new IllegalArgumentException(
                    "trials are first compared after %d steps, but have only %d; lower train.evalInterval or the first steps, or raise train.steps"
                            .formatted(first, steps));
        }
        var rungs = new ArrayList<Integer>();
        // None in the last third: what is left to train would cost little more than comparing.
        for (long rung = first; rung == first || 3 * rung <= 2L * steps; rung *= eta) {
            rungs.add((int) rung);
        }
        rungs.add(steps);
        return rungs;
    }

    private int usual(int count, int steps, int interval) {
        long divisor = 1;
        for (int left = count; left > 1; left = survivors(left)) {
            divisor *= eta;
        }
        return (int) Math.max(interval, steps / divisor / interval * interval);
    }

    /// How many of so many trials go on.
    int survivors(int count) {
        return (count + eta - 1) / eta;
    }
}
