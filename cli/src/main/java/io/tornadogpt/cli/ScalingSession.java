package io.tornadogpt.cli;

import io.tornadogpt.scaling.Cost;
import io.tornadogpt.scaling.FittedLaw;
import io.tornadogpt.scaling.Ladder;
import io.tornadogpt.scaling.LadderPlan;
import io.tornadogpt.scaling.LadderResult;
import io.tornadogpt.scaling.Recommendation;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.data.DataChoice;
import io.tornadogpt.trainer.data.Documents;
import io.tornadogpt.trainer.data.JdkSources;
import io.tornadogpt.trainer.data.OwnText;
import io.tornadogpt.trainer.data.TokenizerChoice;
import io.tornadogpt.trainer.run.NewRun;
import io.tornadogpt.trainer.run.RunDirectory;
import io.tornadogpt.trainer.settings.Preset;
import io.tornadogpt.trainer.settings.RunSettings;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Runs a ladder while someone watches, and says what came of it.
///
/// @param budgetFlops operations to recommend something for, null for none
/// @param budgetHours hours to recommend something for, null for none
record ScalingSession(
        Screen screen,
        DeviceOptions device,
        @Nullable Double budgetFlops,
        @Nullable Double budgetHours) {
    private static final String MODULE = "java.base";
    private static final double SECONDS = 3600;

    /// What runs of a ladder have in common beside the defaults of training. The loss at the end is
    /// all that counts, so nothing is measured, kept or written before.
    private static final List<String> COMMON =
            List.of(
                    "train.batchSize=16",
                    "train.evalBatches=300",
                    "train.evalInterval=1",
                    "train.checkpointInterval=500",
                    "train.keepCheckpoints=1",
                    "train.sampleInterval=0");

    int begin(
            String preset,
            @Nullable String sizes,
            @Nullable String tokens,
            List<String> set,
            TextOptions text,
            @Nullable Path out)
            throws IOException {
        LadderPlan plan = LadderPlan.named(preset);
        plan = sizes == null ? plan : plan.withRungs(sizes);
        plan = tokens == null ? plan : plan.withTokens(tokens);
        var assignments = new ArrayList<>(COMMON);
        assignments.addAll(set);
        RunSettings settings = RunSettings.of(Preset.DEFAULT).with(null, assignments);
        String named = device.name(null);
        DeviceOptions.named(named); // refused now, or taken
        NewRun run = text.on(NewRun.of(settings).withDevice(named), null);
        Path directory =
                out == null
                        ? RunDirectory.unused(Path.of("runs"), "scaling-" + text.name(MODULE))
                                .path()
                        : out;
        screen.line(screen.bold("TornadoGPT") + " trains a ladder");
        screen.line("");
        Path module = text.data() == null ? writeModule(text) : null;
        try {
            if (module != null) {
                TokenizerChoice asked = text.tokenizerChoice();
                Documents documents = new Documents.Separated(Tokenizer.END_OF_TEXT);
                TokenizerChoice choice = asked == null ? OwnText.TOKENIZER : asked;
                run = run.with(new DataChoice(module, choice, documents));
                screen.entry("data", "the Java sources of this JDK: all of %s", MODULE);
            } else {
                screen.entry("data", "%s", run.source());
            }
            try (Ladder ladder = Ladder.begin(directory, run, plan, new DataReport(screen))) {
                return run(ladder);
            }
        } finally {
            if (module != null) {
                Files.deleteIfExists(module);
            }
        }
    }

    private static Path writeModule(TextOptions text) throws IOException {
        text.refuseDocuments("--data is left out, and the documents of that text are its files");
        JdkSources sources =
                JdkSources.find()
                        .orElseThrow(
                                () ->
                                        new IllegalArgumentException(
                                                "this JDK came without lib/src.zip, so it has no"
                                                        + " sources to learn; name a text with"
                                                        + " --data"));
        Path file = Files.createTempFile(MODULE, ".txt");
        sources.writeModuleTo(file, MODULE, Tokenizer.END_OF_TEXT);
        return file;
    }

    int resume(Path directory) throws IOException {
        screen.line(screen.bold("TornadoGPT") + " goes on with a ladder");
        screen.line("");
        try (Ladder ladder = Ladder.resume(directory)) {
            ladder.device(device.resumed(directory, ladder.device()));
            return run(ladder);
        }
    }

    private int run(Ladder ladder) throws IOException {
        screen.entry("ladder", "%s", Show.several(ladder.size(), "run"));
        screen.entry("output", "%s", ladder.path());
        screen.line("");
        Optional<LadderResult> result;
        int exitCode;
        ladder.threads(device.threads()).listener(new SweepProgress(screen, ladder.size()));
        Runnable stop =
                () -> {
                    ladder.stop();
                    screen.warning(
                            "stopping after this micro-batch and saving; press Ctrl-C again to end"
                                    + " at once without saving");
                };
        try (var signals = new StopSignals(stop)) {
            result = ladder.run();
            exitCode = signals.exitCode();
        }
        screen.line("");
        if (result.isEmpty()) {
            screen.entry(
                    "resume",
                    "%s scaling --resume %s%s",
                    Gpt.COMMAND,
                    Show.quoted(ladder.path()),
                    DeviceOptions.added(ladder.device()));
            return exitCode;
        }
        show(result.get());
        screen.entry("page", "%s", ladder.page());
        return 0;
    }

    private void show(LadderResult result) {
        TableText.print(screen, result.table());
        screen.line("");
        TableText.print(screen, result.constants());
        screen.line("");
        FittedLaw.Interval interval = result.interval();
        double measured = result.heldOut().observation().loss();
        screen.entry(
                "held out",
                "%s: predicted %.4f (%.4f to %.4f), measured %.4f, off by %+.4f",
                result.heldOut().size(),
                result.predicted(),
                interval.low(),
                interval.high(),
                measured,
                measured - result.predicted());
        screen.entry("fit", "the other runs are off by %.2f %%", 100 * result.fitted().error());
        if (!Double.isNaN(result.noise())) {
            screen.entry(
                    "noise",
                    "%.4f, standard deviation over %d seeds of one size",
                    result.noise(),
                    result.seeds());
        }
        if (budgetFlops != null) {
            recommend(result, result.flops(), budgetFlops, Show.rate(budgetFlops) + " FLOPs");
        }
        if (budgetHours != null) {
            String hours = String.format(Locale.ROOT, "%s hours", Show.rounded(budgetHours));
            recommend(result, result.seconds(), budgetHours * SECONDS, hours);
        }
    }

    private void recommend(LadderResult result, Cost cost, double budget, String named) {
        Recommendation best = Recommendation.of(result.fitted(), cost, budget);
        screen.wrapped(
                "budget",
                String.format(
                        Locale.ROOT,
                        "%s: %s parameters without embeddings on %s tokens, loss %.3f (%.3f to"
                                + " %.3f)%s",
                        named,
                        Show.rounded(best.parameters()),
                        Show.rounded(best.tokens()),
                        best.loss(),
                        best.interval().low(),
                        best.interval().high(),
                        best.beyond() > 1
                                ? String.format(
                                        Locale.ROOT,
                                        "; that size is %.1f times the largest that was trained",
                                        best.beyond())
                                : ""));
    }
}
