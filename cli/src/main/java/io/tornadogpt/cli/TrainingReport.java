package io.tornadogpt.cli;

import io.tornadogpt.trainer.metrics.StepMetrics;
import io.tornadogpt.trainer.run.TrainingListener;
import io.tornadogpt.trainer.settings.TrainConfig;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;

/// Prints how a run goes: on a terminal one line that changes with every step, and a line that
/// stays for every evaluation; where the output is a file, a line every so many steps.
final class TrainingReport implements TrainingListener {
    /// Lines of a whole run that are printed beside those of evaluations.
    private static final int LINES = 40;

    private static final String GAP = "  ";

    /// Norm, learning rate, speed, validation loss.
    private static final List<Integer> LEAST_WANTED = List.of(4, 3, 5, 2);

    private static final long REFRESH_NANOS = 100_000_000;

    /// How much a step's speed counts in the speed that is shown.
    private static final double SMOOTHING = 0.05;

    private final Screen screen;
    private final TrainConfig config;
    private final long begin = System.nanoTime();
    private final int every;
    private int firstStep;
    private int skipped;
    private long firstStepEnd;
    private long lastShown;
    private double tokensPerSecond;
    private @Nullable Double validationLoss;

    TrainingReport(Screen screen, TrainConfig config) {
        this.screen = screen;
        this.config = config;
        this.every = Math.max(1, config.steps() / LINES);
    }

    @Override
    public void deviceChanged(String then, String now) {
        screen.warning(
                "the run was on '%s' so far and continues on '%s': its results are correct, but not the same to the last bit as without the change"
                        .formatted(then, now));
    }

    @Override
    public void step(StepMetrics metrics) {
        long now = System.nanoTime();
        boolean first = firstStep == 0;
        if (first) {
            firstStep = metrics.step();
            firstStepEnd = now;
        }
        double speed = metrics.tokensPerSecond();
        boolean settling = metrics.step() - firstStep < 2;
        tokensPerSecond =
                settling ? speed : tokensPerSecond + SMOOTHING * (speed - tokensPerSecond);
        boolean measured = metrics.valLoss() != null;
        if (measured) {
            validationLoss = metrics.valLoss();
        }
        boolean last = metrics.step() == config.steps();
        boolean dueInFile = first || last || metrics.step() % every == 0;
        if (measured || (!screen.isTerminal() && dueInFile)) {
            screen.line(row(metrics, metrics.valLoss(), now));
        } else if (now - lastShown > REFRESH_NANOS) {
            lastShown = now;
            screen.status(row(metrics, validationLoss, now));
        }
    }

    @Override
    public void skipped(StepMetrics metrics) {
        skipped++;
        screen.warning(
                "step %d changed no weights: %s".formatted(metrics.step(), metrics.skipped()));
    }

    @Override
    public void largeGradients(StepMetrics metrics, double multiple) {
        screen.warning(
                "the norm of the gradients at step %d is %.1f times what it was on average"
                        .formatted(metrics.step(), multiple));
    }

    /// Says how many steps changed no weights, if any did not.
    void faults() {
        if (skipped > 0) {
            screen.entry("skipped", "%d of the steps changed no weights", skipped);
        }
    }

    private String row(StepMetrics metrics, @Nullable Double valLoss, long now) {
        String steps = Integer.toString(config.steps());
        String step = ("%" + steps.length() + "s").formatted(Integer.toString(metrics.step()));
        var fields = new ArrayList<String>();
        fields.add(step + "/" + steps);
        fields.add(String.format(Locale.ROOT, "loss %.3f", metrics.loss()));
        fields.add(
                valLoss == null ? " ".repeat(9) : String.format(Locale.ROOT, "val %.3f", valLoss));
        fields.add("lr " + Show.rate(metrics.lr()));
        fields.add(String.format(Locale.ROOT, "norm %.2f", metrics.gradNorm()));
        fields.add("%5s tok/s".formatted(Show.rounded(tokensPerSecond)));
        fields.add("eta " + remaining(metrics.step(), now));
        return fitting(fields, screen.isTerminal() ? screen.columns() : Integer.MAX_VALUE);
    }

    /// The fields in one line, without those that one can best do without where it would be too
    /// long.
    static String fitting(List<String> fields, int columns) {
        var kept = new TreeMap<Integer, String>();
        for (int i = 0; i < fields.size(); i++) {
            kept.put(i, fields.get(i));
        }
        if (String.join(GAP, kept.values()).length() > columns) {
            kept.values().removeIf(String::isBlank); // room for what is not known yet
        }
        for (int dispensable : LEAST_WANTED) {
            if (String.join(GAP, kept.values()).length() > columns) {
                kept.remove(dispensable);
            }
        }
        return String.join(GAP, kept.values());
    }

    /// The time that all steps took on average, evaluations included, for those that are left.
    private String remaining(int step, long now) {
        int done = step - firstStep;
        if (done == 0) {
            return step == config.steps() ? "0:00" : "?";
        }
        double seconds = (now - firstStepEnd) * 1e-9 / done;
        return Show.duration(seconds * (config.steps() - step));
    }

    /// Seconds since the run began.
    double seconds() {
        return (System.nanoTime() - begin) * 1e-9;
    }
}
