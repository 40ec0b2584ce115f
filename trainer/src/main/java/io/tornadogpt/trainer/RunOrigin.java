package io.tornadogpt.trainer;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;

import io.tornadogpt.core.files.AtomicFile;
import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.trainer.json.StrictMapper;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/// How a run was begun, apart from its settings: `run.json`, from which it is resumed without
/// saying any of it again.
///
/// @param seed of initialization, batches and dropout
/// @param order in which training tokens are read
/// @param device what it was begun on, as `--device` names it: `cpu`, `tornado:opencl:1`
/// @param source where the data came from, an absolute path, or what stood in for it
/// @param tokenizer as it was asked for: `char`, `bpe:N` or an absolute path; null where the data
///   brought its own
/// @param tokens file or folder of tokens outside of the run's directory, an absolute path; null
///   where the run has its own in `data`
/// @param initFrom model that it started from, an absolute path; null for random weights
public record RunOrigin(
        @JsonProperty(required = true) long seed,
        @JsonProperty(required = true) Trainer.Order order,
        @JsonProperty(required = true) String device,
        @JsonProperty(required = true) String source,
        @Nullable String tokenizer,
        @Nullable String tokens,
        @Nullable String initFrom) {

    public RunOrigin {
        Objects.requireNonNull(order, "order");
        Objects.requireNonNull(device, "device");
        Objects.requireNonNull(source, "source");
    }

    /// Reads the `run.json` of a run's directory.
    ///
    /// @throws IllegalArgumentException where the directory holds no run
    /// @throws ConfigFileException where the file is not as written here
    public static RunOrigin read(RunDirectory run) throws IOException {
        Path file = run.origin();
        if (!Files.isRegularFile(file)) {
            throw new IllegalArgumentException(
                    "%s holds no run to resume: it has no %s; name the directory that a run was written to"
                            .formatted(run.path(), file.getFileName()));
        }
        try {
            return StrictMapper.read(Files.readAllBytes(file), RunOrigin.class);
        } catch (JsonProcessingException e) {
            throw new ConfigFileException(
                    file,
                    "the file",
                    "is not as written (" + StrictMapper.reason(e) + ")",
                    "correct it, or start a new run",
                    e);
        }
    }

    /// Writes it.
    void write(RunDirectory run) throws IOException {
        byte[] json = StrictMapper.JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(this);
        AtomicFile.write(run.origin(), json);
    }

    /// Checks what was said again on resuming: it must be the same.
    ///
    /// @param option such as `--seed`
    /// @param given what was said now, null for nothing
    /// @param recorded what the run was begun with
    /// @throws IllegalArgumentException where they differ
    public static void requireSame(
            RunDirectory run, String option, @Nullable Object given, @Nullable Object recorded) {
        if (given != null && !given.equals(recorded)) {
            throw new IllegalArgumentException(
                    "%s was begun with %s %s, not %s; leave %s out, or start a new run"
                            .formatted(
                                    run.path(),
                                    option,
                                    recorded == null
                                            ? "left out"
                                            : BadFileException.quote(recorded.toString()),
                                    BadFileException.quote(given.toString()),
                                    option));
        }
    }
}
