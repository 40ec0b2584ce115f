package io.tornadogpt.trainer;

import io.tornadogpt.core.files.AtomicDirectory;
import io.tornadogpt.core.model.ModelDirectory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The output directory of a training run, and what lies where in it:
///
/// ```
/// settings.json       model.* and train.*, resolved
/// metrics.jsonl       one line a step
/// best/               the model with the lowest validation loss
/// checkpoints/        the last two states from which the run can go on
///     step-00001000/  a model directory, optimizer.safetensors, trainer.json
/// ```
///
/// @param path the output directory
public record RunDirectory(Path path) {
    private static final Pattern STEP = Pattern.compile("step-(\\d{8})");

    /// How many checkpoints are kept.
    static final int KEPT = 2;

    /// The run's settings.
    public Path settings() {
        return path.resolve("settings.json");
    }

    /// The run's metrics.
    public Path metrics() {
        return path.resolve("metrics.jsonl");
    }

    /// The model with the lowest validation loss, where one was measured.
    public Path best() {
        return path.resolve("best");
    }

    /// The folder of checkpoints.
    public Path checkpoints() {
        return path.resolve("checkpoints");
    }

    /// Where the checkpoint after `step` updates lies.
    public Path checkpoint(int step) {
        return checkpoints().resolve("step-%08d".formatted(step));
    }

    /// All complete checkpoints, oldest first.
    public List<Path> allCheckpoints() throws IOException {
        if (!Files.isDirectory(checkpoints())) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(checkpoints())) {
            return new ArrayList<>(
                    files.filter(file -> stepOf(file).isPresent())
                            .sorted(Comparator.comparing(Path::getFileName))
                            .toList());
        }
    }

    /// The newest complete checkpoint.
    public Optional<Path> lastCheckpoint() throws IOException {
        List<Path> all = allCheckpoints();
        return all.isEmpty() ? Optional.empty() : Optional.of(all.getLast());
    }

    /// The directory that a user means by "the model" when naming a run: the best model where one
    /// was kept, the last checkpoint otherwise; the directory itself where it is a model.
    public Path model() throws IOException {
        if (Files.exists(path.resolve(ModelDirectory.CONFIG_FILE))) {
            return path;
        }
        AtomicDirectory.recover(best());
        if (Files.exists(best().resolve(ModelDirectory.CONFIG_FILE))) {
            return best();
        }
        return lastCheckpoint().orElse(path);
    }

    /// Makes the directory for a new run.
    ///
    /// @throws IllegalArgumentException where a run is in it already, or it cannot be written
    void create() {
        if (Files.exists(settings())) {
            throw new IllegalArgumentException(
                    path
                            + " holds another run; give another --out, or go on with --resume "
                            + path);
        }
        if (Files.exists(path) && !Files.isDirectory(path)) {
            throw new IllegalArgumentException(path + " is a file; give a directory as --out");
        }
        try {
            Files.createDirectories(checkpoints());
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    path + " cannot be written (" + e.getMessage() + "); give another --out", e);
        }
    }

    /// Deletes all checkpoints but the newest [#KEPT].
    void prune() throws IOException {
        List<Path> all = allCheckpoints();
        for (Path old : all.subList(0, Math.max(0, all.size() - KEPT))) {
            try (Stream<Path> files = Files.walk(old)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    private static Optional<Integer> stepOf(Path checkpoint) {
        Matcher matcher = STEP.matcher(checkpoint.getFileName().toString());
        return matcher.matches()
                ? Optional.of(Integer.parseInt(matcher.group(1)))
                : Optional.empty();
    }
}
