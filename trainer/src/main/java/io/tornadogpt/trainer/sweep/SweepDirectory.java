package io.tornadogpt.trainer.sweep;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;

import io.tornadogpt.core.files.AtomicFile;
import io.tornadogpt.core.files.DirectoryLock;
import io.tornadogpt.core.files.StorageType;
import io.tornadogpt.trainer.json.StrictMapper;
import io.tornadogpt.trainer.run.RunDirectory;
import io.tornadogpt.trainer.run.RunDirectoryException;
import io.tornadogpt.trainer.settings.ConfigFileException;
import io.tornadogpt.trainer.settings.RunSettings;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/// The directory of a sweep, and what lies where in it:
///
/// ```
/// sweep.json          the trials, and how they are compared
/// model.json          the model and
/// settings.json       the settings that trials begin with
/// data/               the tokens of all runs, where they were made for the sweep
/// trials/
///     001-1337/       a run's directory: number of the trial, seed
///     001-1337.failed why that run could not be trained
/// results.json        the table of trials
/// report.html         the runs beside each other
/// ```
///
/// @param path the directory
public record SweepDirectory(Path path) {
    private static final String SWEEP = "sweep.json";
    private static final String DATA = "data";
    private static final Set<String> BEFORE =
            Set.of(DATA, DirectoryLock.FILE, "model.json", "settings.json");

    /// What a resumed sweep needs beside the settings.
    ///
    /// @param halving whether trials are compared before the end
    /// @param tokens where the tokens are, an absolute path; null for the sweep's own
    /// @param tokenizer of tokens elsewhere, as it was asked for; null for theirs
    record Contents(
            @JsonProperty(required = true) boolean halving,
            @JsonProperty(required = true) int eta,
            @JsonProperty(required = true) int firstSteps,
            @JsonProperty(required = true) List<Long> seeds,
            @JsonProperty(required = true) String device,
            @JsonProperty(required = true) String source,
            @Nullable String tokens,
            @Nullable String tokenizer,
            @JsonProperty(required = true) List<Map<String, String>> trials) {}

    /// The trials, and how they are compared.
    public Path sweep() {
        return path.resolve(SWEEP);
    }

    /// The tokens of all runs, where they were made for the sweep.
    public Path data() {
        return path.resolve(DATA);
    }

    /// The page that shows the runs beside each other.
    public Path report() {
        return path.resolve("report.html");
    }

    /// The table of trials.
    public Path results() {
        return path.resolve("results.json");
    }

    /// The run of a trial with one seed.
    public RunDirectory run(Trial trial, long seed) {
        return new RunDirectory(path.resolve("trials").resolve(name(trial, seed)));
    }

    Path failure(Trial trial, long seed) {
        return path.resolve("trials").resolve(name(trial, seed) + ".failed");
    }

    private static String name(Trial trial, long seed) {
        return String.format(Locale.ROOT, "%03d-%d", trial.number(), seed);
    }

    /// Checks that a sweep can begin here.
    ///
    /// @throws RunDirectoryException where there is one, or anything else
    void requireEmpty() throws IOException {
        if (Files.exists(sweep())) {
            throw new RunDirectoryException(path, "holds another sweep", false, null);
        }
        if (!Files.isDirectory(path)) {
            return;
        }
        try (Stream<Path> files = Files.list(path)) {
            for (Path file : files.sorted().toList()) {
                Path name = file.getFileName();
                if (name != null && !BEFORE.contains(name.toString())) {
                    throw new RunDirectoryException(
                            path, "is not empty: it holds '%s'".formatted(name), false, null);
                }
            }
        }
    }

    /// Takes the directory for this process.
    DirectoryLock lock() throws IOException {
        return DirectoryLock.take(path)
                .orElseThrow(
                        () ->
                                new RunDirectoryException(
                                        path, "is in use by another process", false, null));
    }

    void write(Contents contents, RunSettings settings) throws IOException {
        AtomicFile.write(path.resolve("model.json"), settings.model().json(StorageType.F32));
        settings.flat().write(path.resolve("settings.json"));
        byte[] json =
                StrictMapper.JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(contents);
        AtomicFile.write(sweep(), json);
    }

    Contents read() throws IOException {
        if (!Files.isRegularFile(sweep())) {
            throw new IllegalArgumentException(
                    "%s holds no sweep to resume: it has no %s; name the directory that a sweep was written to"
                            .formatted(path, SWEEP));
        }
        try {
            return StrictMapper.read(Files.readAllBytes(sweep()), Contents.class);
        } catch (JsonProcessingException e) {
            throw new ConfigFileException(
                    sweep(),
                    "the file",
                    "is not as written (" + StrictMapper.reason(e) + ")",
                    "correct it, or start a new sweep",
                    e);
        }
    }

    RunSettings readSettings() throws IOException {
        return RunSettings.read(
                path.resolve("model.json"), path.resolve("settings.json"), Map.of());
    }
}
