package io.tornadogpt.core.model;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.files.FileContent;
import io.tornadogpt.core.files.FileSink;
import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.files.SafetensorsWriter;
import io.tornadogpt.core.files.StorageType;
import io.tornadogpt.core.files.TensorSource;
import io.tornadogpt.core.model.arch.Head;
import io.tornadogpt.core.model.arch.Part;
import io.tornadogpt.core.model.family.Task;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A directory in Hugging Face's layout that holds a model of any family: `config.json` and
/// `model.safetensors` (or its shards), so that `transformers` opens what is written here and the
/// reverse. A tokenizer's files lie beside them and are not looked at.
///
/// @param path the directory
/// @param config what its `config.json` says
public record ModelDirectory(Path path, ModelConfig config) implements StoredModel {
    /// The configuration in a model directory.
    public static final String CONFIG_FILE = "config.json";

    /// Reads the configuration of a model directory and checks that its weights fit to it.
    ///
    /// @throws ModelFileException where a file is missing or malformed, asks for what is not
    ///   supported, or contradicts another
    public static ModelDirectory open(Path path) throws IOException {
        return open(path, null);
    }

    /// As [#open(Path)].
    ///
    /// @param otherwise what the model has a head for where its configuration does not say; null
    ///   for what is usual
    public static ModelDirectory open(Path path, @Nullable Task otherwise) throws IOException {
        if (!Files.isDirectory(path)) {
            throw new ModelFileException(
                    path,
                    "the model directory",
                    Files.exists(path) ? "is a file" : "does not exist",
                    "name a directory with config.json and model.safetensors");
        }
        ModelConfig said = ModelConfig.read(path.resolve(CONFIG_FILE), otherwise);
        var directory = new ModelDirectory(path, withoutMissingPooler(path, said));
        StoredWeights.ofDirectory(path, directory.config).close();
        return directory;
    }

    /// Files of an encoder without a head may lack its pooler, and no configuration says so.
    private static ModelConfig withoutMissingPooler(Path path, ModelConfig config)
            throws IOException {
        Head head = config.architecture().head();
        if (!(config.task() instanceof Task.HiddenStates) || !head.labels().pooler()) {
            return config;
        }
        String name = config.family().module(Part.POOLER) + ".weight";
        String prefix = config.family().prefix();
        try (TensorSource source = TensorSource.open(path)) {
            if (source.find(name) != null || source.find(name.substring(prefix.length())) != null) {
                return config;
            }
        }
        var none = new Head(head.transform(), head.bias(), head.logitCap());
        return config.with(config.architecture().withHead(none));
    }

    @Override
    public void load(Model model, Session session) throws IOException {
        openWeights().moveTo(session, model, model.prefix(), null);
    }

    @Override
    public void loadUnderHead(Model model, Session session, long seed) throws IOException {
        openWeights().moveTo(session, model, model.prefix(), seed);
    }

    @Override
    public StoredWeights openWeights() throws IOException {
        return StoredWeights.ofDirectory(path, config).withoutContradictions();
    }

    /// Writes a session's weights and their configuration into a directory, which exists.
    public static void save(Path path, Model model, Session session) throws IOException {
        save(path, model.config(), session::readFloats, StorageType.F32);
    }

    /// Writes weights and their configuration into a directory, which exists.
    ///
    /// @param type F32, F16 or BF16; or Q8_0 or Q4_0 for a directory that this library alone reads
    ///   ([SafetensorsWriter#blocks])
    /// @throws IllegalArgumentException for a configuration that these files cannot express
    public static void save(Path path, ModelConfig config, WeightReader weights, StorageType type)
            throws IOException {
        save(FileSink.in(path), config, weights, type);
    }

    /// Writes weights and their configuration.
    ///
    /// @param type F32, F16 or BF16; or Q8_0 or Q4_0 for a directory that this library alone reads
    ///   ([SafetensorsWriter#blocks])
    /// @throws IllegalArgumentException for a configuration that these files cannot express
    public static void save(
            FileSink files, ModelConfig config, WeightReader weights, StorageType type)
            throws IOException {
        files.write(CONFIG_FILE, FileContent.of(config.json(type)));
        var writer = new SafetensorsWriter().metadata("format", "pt");
        if (QuantizedFiles.isQuantized(type)) {
            QuantizedFiles.add(writer, config, type, weights);
        } else {
            WeightFiles.of(config).add(writer, type, weights);
        }
        files.write(TensorSource.SINGLE_FILE, writer::writeTo);
    }
}
