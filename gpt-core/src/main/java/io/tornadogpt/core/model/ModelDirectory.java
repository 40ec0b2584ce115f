package io.tornadogpt.core.model;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.files.FloatSource;
import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.files.SafetensorsWriter;
import io.tornadogpt.core.files.StorageType;
import io.tornadogpt.core.files.TensorSource;
import io.tornadogpt.core.tensor.TensorSpec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;

/// A directory in Hugging Face's layout that holds a GPT-2 or GPT-Neo model: `config.json` and
/// `model.safetensors` (or its shards), so that `transformers` opens what is written here and the
/// reverse. A tokenizer's files lie beside them and are not looked at.
///
/// `transformers` knows no GPT-2 without biases: such a model is written with biases of zero and
/// `"tornadogpt.bias": false`, and comes back as it was.
///
/// @param path the directory
/// @param config what its `config.json` says
public record ModelDirectory(Path path, GptConfig config) implements StoredModel {
    /// The configuration in a model directory.
    public static final String CONFIG_FILE = "config.json";

    /// Reads the configuration of a model directory and checks that its weights fit to it.
    ///
    /// @throws ModelFileException where a file is missing or malformed, asks for what is not
    ///   supported, or contradicts another
    public static ModelDirectory open(Path path) throws IOException {
        if (!Files.isDirectory(path)) {
            throw new ModelFileException(
                    path,
                    "the model directory",
                    Files.exists(path) ? "is a file" : "does not exist",
                    "name a directory with config.json and model.safetensors");
        }
        var directory = new ModelDirectory(path, ConfigJson.read(path.resolve(CONFIG_FILE)));
        StoredWeights.ofDirectory(path, directory.config).close();
        return directory;
    }

    @Override
    public StoredWeights openWeights() throws IOException {
        return StoredWeights.ofDirectory(path, config).withoutContradictions();
    }

    /// Writes a session's weights and their configuration into a directory, which exists.
    public static void save(Path path, GptModel model, Session session) throws IOException {
        save(path, model.config(), session::readFloats, StorageType.F32);
    }

    /// Writes weights and their configuration into a directory, which exists.
    ///
    /// @param type F32, F16 or BF16
    /// @throws IllegalArgumentException for a configuration that these files cannot express
    public static void save(Path path, GptConfig config, WeightReader weights, StorageType type)
            throws IOException {
        ConfigJson.write(path.resolve(CONFIG_FILE), config, type);
        var writer = new SafetensorsWriter().metadata("format", "pt");
        for (Parameter parameter : new GptModel(config).parameters()) {
            add(writer, config, parameter.spec(), type, weights);
        }
        for (TensorSpec bias : StoredWeights.absentBiases(config)) {
            add(writer, config, bias, type, WeightReader.ZEROS);
        }
        writer.write(path.resolve(TensorSource.SINGLE_FILE));
    }

    private static void add(
            SafetensorsWriter writer,
            GptConfig config,
            TensorSpec spec,
            StorageType type,
            WeightReader weights) {
        WeightLayout layout = WeightLayout.of(config.family());
        for (int slice = 0; slice < spec.slices(); slice++) {
            for (var piece : layout.pieces(spec, slice, UnaryOperator.identity())) {
                FloatSource values = piece.from(weights, spec, slice);
                writer.tensor(piece.name(), type, piece.storedShape(spec), values);
            }
        }
    }
}
