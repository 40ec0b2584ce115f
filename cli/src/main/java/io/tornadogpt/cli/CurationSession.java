package io.tornadogpt.cli;

import io.tornadogpt.curation.Recipe;
import io.tornadogpt.curation.read.Problem;
import io.tornadogpt.curation.run.Curation;
import io.tornadogpt.curation.run.CurationListener;
import io.tornadogpt.curation.run.CurationResult;
import io.tornadogpt.curation.run.Engines;
import io.tornadogpt.curation.run.Manifest;
import io.tornadogpt.curation.run.StoppedException;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/// A run of curation at the terminal.
final class CurationSession implements CurationListener {
    private static final int MOST_PROBLEMS = 10;
    private static final int MOST_REASONS = 3;

    private final Screen screen;
    private final List<Path> inputs;
    private final Path out;
    private final @Nullable Path removedTexts;
    private long problems;

    CurationSession(Screen screen, List<Path> inputs, Path out, @Nullable Path removedTexts) {
        this.screen = screen;
        this.inputs = inputs;
        this.out = out;
        this.removedTexts = removedTexts;
    }

    int run(String recipeName, List<String> settings, String engineName, int threads)
            throws IOException {
        Recipe recipe = recipe(recipeName);
        for (String setting : settings) {
            recipe = recipe.with(setting);
        }
        screen.entry("recipe", "%s: %s", recipe.name(), String.join(", ", recipe.stepNames()));
        screen.entry("input", "%s", inputs.size() == 1 ? inputs.getFirst() : inputs);
        var stop = new AtomicBoolean();
        try (var signals = new StopSignals(() -> stop.set(true))) {
            try {
                var curation =
                        new Curation(
                                inputs,
                                out,
                                recipe,
                                removedTexts,
                                Engines.named(engineName, threads),
                                this,
                                stop::get);
                print(curation.run());
                return 0;
            } catch (StoppedException e) {
                screen.line("");
                screen.entry("stopped", "%s", String.valueOf(e.getMessage()));
                return signals.exitCode() == 0 ? 1 : signals.exitCode();
            }
        }
    }

    private static Recipe recipe(String name) throws IOException {
        boolean file = name.endsWith(".json") || name.contains("/") || Files.exists(Path.of(name));
        return file && !Recipe.names().contains(name)
                ? Recipe.read(Path.of(name))
                : Recipe.named(name);
    }

    @Override
    public void progress(Progress progress) {
        double share =
                progress.documents() == 0 ? 0 : 100.0 * progress.kept() / progress.documents();
        double rate = progress.bytesRead() / Math.max(progress.seconds(), 1e-3);
        double left = rate == 0 ? 0 : (progress.bytes() - progress.bytesRead()) / rate;
        screen.status(
                String.format(
                        Locale.ROOT,
                        "%s documents  %s/s  %.0f%% kept  %s of %s bytes  eta %s",
                        Show.count(progress.documents()),
                        Show.rounded(progress.documents() / Math.max(progress.seconds(), 1e-3)),
                        share,
                        Show.rounded((double) progress.bytesRead()),
                        Show.rounded((double) progress.bytes()),
                        Show.duration(left)));
    }

    @Override
    public void phase(String name) {
        screen.status(
                switch (name) {
                    case "files" -> "looking for files";
                    case "duplicates" -> "looking for duplicates";
                    case "shards" -> "writing shards";
                    default -> name;
                });
    }

    @Override
    public void problem(Problem problem) {
        problems++;
        if (problems <= MOST_PROBLEMS) {
            screen.warning(Show.harmless(problem.place() + ": " + problem.detail()));
        } else if (problems == MOST_PROBLEMS + 1) {
            screen.warning("more input is passed over; the manifest lists it");
        }
    }

    private void print(CurationResult result) {
        Manifest manifest = result.manifest();
        Manifest.Counts counts = manifest.documents();
        screen.entry(
                "read",
                "%s documents of %s files, %s bytes",
                Show.count(manifest.input().documents()),
                Show.count(manifest.input().files()),
                Show.count(manifest.input().bytes()));
        screen.line("");
        screen.line(
                "%-20s %12s %10s %10s %9s", "step", "documents", "changed", "removed", "seconds");
        for (Manifest.Step step : manifest.steps()) {
            int timed = result.steps().indexOf(step.step());
            boolean known = timed >= 0 && timed < result.seconds().length;
            screen.line(
                    "%-20s %12s %10s %10s %9s  %s",
                    step.step(),
                    Show.count(step.documents()),
                    Show.count(step.changed()),
                    Show.count(step.removed()),
                    known ? String.format(Locale.ROOT, "%.1f", result.seconds()[timed]) : "",
                    screen.dim(reasons(step)));
        }
        screen.line("");
        manifest.problemKinds()
                .forEach((kind, n) -> screen.entry("passed over", "%s: %s", Show.count(n), kind));
        screen.entry("train", "%s documents", Show.count(counts.train()));
        screen.entry("held out", "%s documents", Show.count(counts.heldOut()));
        screen.entry("removed", "%s documents", Show.count(counts.removed()));
        manifest.tokens()
                .forEach((part, n) -> screen.entry("tokens", "%s: %s", part, Show.count(n)));
        screen.entry("report", "%s", out.resolve("report.html"));
        screen.entry("try", "%s data look %s", Gpt.COMMAND, Show.quoted(out));
    }

    private static String reasons(Manifest.Step step) {
        return step.reasons().entrySet().stream()
                .sorted(
                        java.util.Comparator.comparing(
                                (Map.Entry<String, Long> e) -> -e.getValue()))
                .limit(MOST_REASONS)
                .map(e -> e.getKey() + " " + Show.count(e.getValue()))
                .collect(java.util.stream.Collectors.joining(", "));
    }
}
