package io.tornadogpt.trainer.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;

import io.tornadogpt.trainer.json.StrictMapper;
import io.tornadogpt.trainer.metrics.RunStart;
import io.tornadogpt.trainer.metrics.StepEntry;
import io.tornadogpt.trainer.metrics.StepLog;
import io.tornadogpt.trainer.metrics.StepMetrics;
import io.tornadogpt.trainer.metrics.StepSample;
import io.tornadogpt.trainer.run.RunDirectory;
import io.tornadogpt.trainer.run.RunOrigin;
import io.tornadogpt.trainer.settings.ConfigFileException;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What a run's directory says of it. Any of its files may be missing, as in a run of an older
/// version or one that was copied in parts.
///
/// @param name of the directory
/// @param settings flat keys and values; of other versions' keys nothing is assumed
/// @param origin how it was begun, null where that is not recorded
/// @param starts on what it was computed
/// @param metrics step by step
/// @param samples what the model wrote
/// @param results what its task found out at the end
record TrainingRun(
        String name,
        Map<String, String> settings,
        @Nullable RunOrigin origin,
        List<RunStart> starts,
        List<StepMetrics> metrics,
        List<StepSample> samples,
        List<ResultTable> results) {

    /// Reads a run.
    ///
    /// @throws IllegalArgumentException where the directory holds no run
    /// @throws io.tornadogpt.core.files.BadFileException naming a file that is not as a run writes
    ///   it, and in a log the line
    static TrainingRun read(RunDirectory run) throws IOException {
        if (!Files.exists(run.settings()) && !Files.exists(run.metrics())) {
            throw new IllegalArgumentException(
                    "%s holds no training run: it has neither %s nor %s; name a directory that a run was written to"
                            .formatted(
                                    run.path(),
                                    run.settings().getFileName(),
                                    run.metrics().getFileName()));
        }
        return new TrainingRun(
                name(run.path()),
                settings(run.settings()),
                Files.exists(run.origin()) ? RunOrigin.read(run) : null,
                log(run.starts(), RunStart.class),
                log(run.metrics(), StepMetrics.class),
                log(run.samples(), StepSample.class),
                ResultTable.read(run.results()));
    }

    private static String name(Path path) {
        Path last = path.toAbsolutePath().normalize().getFileName();
        return last == null ? "run" : last.toString();
    }

    private static <E extends StepEntry> List<E> log(Path path, Class<E> type) throws IOException {
        return Files.exists(path) ? StepLog.read(path, type) : List.of();
    }

    private static Map<String, String> settings(Path file) throws IOException {
        var flat = new LinkedHashMap<String, String>();
        if (Files.exists(file)) {
            try {
                flatten("", StrictMapper.JSON.readTree(Files.readAllBytes(file)), flat);
            } catch (JsonProcessingException e) {
                throw new ConfigFileException(
                        file,
                        "the configuration",
                        "is no JSON (" + StrictMapper.reason(e) + ")",
                        "correct or remove the file",
                        e);
            }
        }
        return flat;
    }

    private static void flatten(String prefix, JsonNode node, Map<String, String> flat) {
        if (!node.isObject()) {
            flat.put(prefix, node.asText());
            return;
        }
        for (Map.Entry<String, JsonNode> field : node.properties()) {
            String key = prefix.isEmpty() ? field.getKey() : prefix + "." + field.getKey();
            flatten(key, field.getValue(), flat);
        }
    }

    /// Tokens that a step is trained on; 0 where the settings do not say.
    long tokensPerStep() {
        long tokens = 1;
        for (String key : List.of("batchSize", "blockSize", "gradAccumulation")) {
            String value = settings.getOrDefault("train." + key, "");
            tokens *= value.matches("\\d{1,9}") ? Long.parseLong(value) : 0;
        }
        return tokens;
    }

    /// Steps that are to be done; 0 where the settings do not say.
    int plannedSteps() {
        String value = settings.getOrDefault("train.steps", "");
        return value.matches("\\d{1,9}") ? Integer.parseInt(value) : 0;
    }

    int lastStep() {
        return metrics.isEmpty() ? 0 : metrics.getLast().step();
    }

    /// Seconds that all steps took, without evaluations, samples and checkpoints; NaN where that is
    /// not known.
    double seconds() {
        double seconds = metrics.stream().mapToDouble(m -> tokens(m) / m.tokensPerSecond()).sum();
        return tokensPerStep() == 0 ? Double.NaN : seconds;
    }

    /// Positions that all steps computed.
    double tokens() {
        return metrics.stream().mapToDouble(this::tokens).sum();
    }

    private double tokens(StepMetrics step) {
        Long tokens = step.tokens();
        return tokens == null ? tokensPerStep() : tokens;
    }

    Curve loss() {
        return Curve.of(metrics, StepMetrics::loss);
    }

    Curve validationLoss() {
        return Curve.of(metrics, StepMetrics::valLoss);
    }

    /// The line with the lowest validation loss, null where none was measured.
    @Nullable StepMetrics best() {
        return metrics.stream()
                .filter(m -> m.valLoss() != null && Double.isFinite(m.valLoss()))
                .min((a, b) -> Double.compare(valLoss(a), valLoss(b)))
                .orElse(null);
    }

    private static double valLoss(StepMetrics metrics) {
        Double loss = metrics.valLoss();
        return loss == null ? Double.NaN : loss;
    }
}
