package io.tornadogpt.cli;

import io.tornadogpt.trainer.data.TrainingData;
import io.tornadogpt.trainer.report.ResultTable;
import io.tornadogpt.trainer.run.NewRun;
import io.tornadogpt.trainer.run.Runs;
import io.tornadogpt.trainer.sweep.LearningRateCurve;
import io.tornadogpt.trainer.sweep.LearningRateFinder;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

/// Looks for a learning rate, and prints and draws what it found.
///
/// @param run whose rate is looked for
/// @param steps null for the usual number
/// @param page where the curve is drawn
record RateSession(NewRun run, int threads, @Nullable Integer steps, Path page) {
    private static final int ROWS = 12;

    int run(Screen screen) throws IOException {
        LearningRateFinder usual = LearningRateFinder.USUAL;
        var finder =
                steps == null ? usual : new LearningRateFinder(usual.low(), usual.high(), steps);
        screen.line(screen.bold("TornadoGPT") + " looks for a learning rate");
        screen.line("");
        screen.wrapped("data", run.source());
        Path folder = Files.createTempDirectory("tornadogpt-rate");
        var stopping = new AtomicBoolean();
        try (TrainingData data = Runs.prepare(folder, run, new DataReport(screen));
                var signals = new StopSignals(() -> stopping.set(true))) {
            LearningRateCurve curve =
                    finder.find(
                            run,
                            data,
                            threads,
                            stopping::get,
                            (step, rate, loss) ->
                                    screen.status(
                                            String.format(
                                                    Locale.ROOT,
                                                    "%d/%d  lr %s  loss %.3f",
                                                    step + 1,
                                                    finder.steps(),
                                                    Show.rate(rate),
                                                    loss)));
            if (signals.exitCode() != 0) {
                return signals.exitCode();
            }
            show(screen, curve);
        } finally {
            delete(folder);
        }
        return 0;
    }

    private void show(Screen screen, LearningRateCurve curve) throws IOException {
        double proposal = curve.proposal();
        TableText.print(screen, table(curve));
        screen.line("");
        screen.entry("proposed", "%s", screen.bold(Show.rate(proposal)));
        screen.entry("steepest", "%s, where the loss falls fastest", Show.rate(curve.steepest()));
        screen.entry(
                "lowest/10",
                "%s, a tenth of that with the lowest loss",
                Show.rate(curve.tenthOfLowest()));
        curve.page(run.source()).write(page);
        screen.entry("page", "%s", page);
        screen.entry("try", "--set train.learningRate=%s", Show.rate(proposal));
    }

    /// Rates at equal ratios, with a bar for the loss.
    private static ResultTable table(LearningRateCurve curve) {
        int n = curve.rates().length;
        double[] losses = curve.smoothed();
        double low = Arrays.stream(losses).min().orElse(0);
        double high = losses[0];
        var rows = new ArrayList<List<String>>();
        for (int row = 0; row < Math.min(ROWS, n); row++) {
            int i = row * (n - 1) / Math.max(1, Math.min(ROWS, n) - 1);
            double part = Math.clamp((losses[i] - low) / Math.max(1e-9, high - low), 0, 1);
            rows.add(
                    List.of(
                            Show.rate(curve.rates()[i]),
                            String.format(Locale.ROOT, "%.3f", losses[i]),
                            "#".repeat(1 + (int) Math.round(19 * part))));
        }
        return new ResultTable(
                "Smoothed loss while the learning rate grows",
                List.of("rate", "loss", "from lowest to first"),
                rows);
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
