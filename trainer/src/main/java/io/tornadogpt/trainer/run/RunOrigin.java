package io.tornadogpt.trainer.run;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;

import io.tornadogpt.core.files.AtomicFile;
import io.tornadogpt.trainer.data.Order;
import io.tornadogpt.trainer.json.StrictMapper;
import io.tornadogpt.trainer.settings.ConfigFileException;

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
/// @param device what it was begun on, a backend and its device: `cpu`, `tornado:opencl:1`
/// @param source where the data came from, an absolute path, or what stood in for it
/// @param tokenizer as it was asked for: `char`, `bpe:N` or an absolute path; null where the data
///   brought its own
/// @param tokens file or folder of tokens outside of the run's directory, an absolute path; null
///   where the run has its own in `data`
/// @param initFrom model that it started from, an absolute path; null for random weights
/// @param task what it trains for, where it is not every next token of a text: `sft`, say
/// @param validation where data to validate on came from, an absolute path; null for a part of the
///   other
public record RunOrigin(
        @JsonProperty(required = true) long seed,
        @JsonProperty(required = true) Order order,
        @JsonProperty(required = true) String device,
        @JsonProperty(required = true) String source,
        @Nullable String tokenizer,
        @Nullable String tokens,
        @Nullable String initFrom,
        @Nullable String task,
        @Nullable String validation) {

    public RunOrigin {
        Objects.requireNonNull(order, "order");
        Objects.requireNonNull(device, "device");
        Objects.requireNonNull(source, "source");
    }

    /// Of a run that learns every next token of a text.
    public RunOrigin(
            long seed,
            Order order,
            String device,
            String source,
            @Nullable String tokenizer,
            @Nullable String tokens,
            @Nullable String initFrom) {
        this(seed, order, device, source, tokenizer, tokens, initFrom, null, null);
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
}
