package io.tornadogpt.core.model;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.files.SafetensorsWriter;
import io.tornadogpt.core.files.StorageType;
import io.tornadogpt.core.files.TensorSource;
import io.tornadogpt.core.tensor.TensorSpec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/// A directory in Hugging Face's layout that holds a GPT-2 model: `config.json` and
/// `model.safetensors` (or its shards), so that `transformers` opens what is written here and the
/// reverse. A tokenizer's files lie beside them and are not looked at.
///
/// `transformers` knows no GPT-2 without biases: such a model is written with biases of zero and
/// `"tornadogpt.bias": false`, and comes back as it was.
///
/// @param path the directory
/// @param config what its `config.json` says
public record ModelDirectory(Path path, GptConfig config) {
    /// The configuration in a model directory.
    public static final String CONFIG_FILE = "config.json";

    private static final String PREFIX = "transformer.";

    /// Causal masks that older files of GPT-2 carry along; they are no weights.
    private static final Pattern MASK = Pattern.compile(".*h\\.\\d+\\.attn\\.(bias|masked_bias)");

    private static final String BELONG_TOGETHER = "use weights and configuration of one model";

    /// Reads the configuration of a model directory; weights are read by [#load].
    ///
    /// @throws ModelFileException where it is missing, malformed or asks for what is not supported
    public static ModelDirectory open(Path path) throws IOException {
        if (!Files.isDirectory(path)) {
            throw new ModelFileException(
                    path,
                    "the model directory",
                    Files.exists(path) ? "is a file" : "does not exist",
                    "name a directory with config.json and model.safetensors");
        }
        return new ModelDirectory(path, ConfigJson.read(path.resolve(CONFIG_FILE)));
    }

    /// Writes a session's weights and their configuration into a directory, which exists.
    public static void save(Path path, GptModel model, Session session) throws IOException {
        ConfigJson.write(path.resolve(CONFIG_FILE), model.config());
        var writer = new SafetensorsWriter().metadata("format", "pt");
        List<TensorSpec> specs = model.parameters().stream().map(Parameter::spec).toList();
        SessionTensors.add(writer, session, specs);
        for (TensorSpec bias : absentBiases(model.config())) {
            for (int slice = 0; slice < bias.slices(); slice++) {
                writer.tensor(
                        bias.sliceName(slice),
                        StorageType.F32,
                        List.of(bias.shape().elements()),
                        (from, block, count) -> Arrays.fill(block, 0, count, 0));
            }
        }
        writer.write(path.resolve(TensorSource.SINGLE_FILE));
    }

    /// Writes the stored weights into a session.
    ///
    /// @throws ModelFileException where a tensor is missing, unknown or of another shape; nothing
    ///   was written then
    public void load(GptModel model, Session session) throws IOException {
        try (TensorSource source = TensorSource.open(path)) {
            UnaryOperator<String> storedName =
                    source.find(PREFIX + "wte.weight") == null
                            ? ModelDirectory::withoutPrefix
                            : UnaryOperator.identity();
            List<TensorSpec> specs = model.parameters().stream().map(Parameter::spec).toList();
            refuseUnknown(source, specs, storedName);
            refuseBiasesThatAreNotZero(source, storedName);
            refuseHeadOfItsOwn(source, storedName);
            SessionTensors.read(source, session, specs, storedName);
        }
    }

    /// The oldest GPT-2 files name tensors without the module that holds them.
    private static String withoutPrefix(String name) {
        return name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : name;
    }

    private void refuseUnknown(
            TensorSource source, List<TensorSpec> specs, UnaryOperator<String> storedName)
            throws ModelFileException {
        Set<String> known = new HashSet<>();
        specs.forEach(spec -> addNames(known, spec, storedName));
        absentBiases(config).forEach(spec -> addNames(known, spec, storedName));
        if (config.tiedHead()) {
            known.add("lm_head.weight");
        }
        for (var tensor : source.tensors()) {
            if (!known.contains(tensor.name()) && !MASK.matcher(tensor.name()).matches()) {
                throw new ModelFileException(
                        source.path(),
                        "tensor '" + tensor.name() + "'",
                        "is none of this architecture's",
                        BELONG_TOGETHER);
            }
        }
    }

    private static void addNames(
            Set<String> names, TensorSpec spec, UnaryOperator<String> storedName) {
        for (int slice = 0; slice < spec.slices(); slice++) {
            names.add(storedName.apply(spec.sliceName(slice)));
        }
    }

    private void refuseBiasesThatAreNotZero(TensorSource source, UnaryOperator<String> storedName)
            throws ModelFileException {
        for (TensorSpec spec : absentBiases(config)) {
            for (int slice = 0; slice < spec.slices(); slice++) {
                String name = storedName.apply(spec.sliceName(slice));
                if (source.find(name) != null && !allZero(source.floats(name))) {
                    throw new ModelFileException(
                            source.path(),
                            "tensor '" + name + "'",
                            "is not zero although config.json says tornadogpt.bias=false",
                            BELONG_TOGETHER);
                }
            }
        }
    }

    private static boolean allZero(float[] values) {
        for (float value : values) {
            if (value != 0) {
                return false;
            }
        }
        return true;
    }

    private void refuseHeadOfItsOwn(TensorSource source, UnaryOperator<String> storedName)
            throws ModelFileException {
        String embedding = storedName.apply("transformer.wte.weight");
        if (config.tiedHead()
                && source.find("lm_head.weight") != null
                && source.bytes("lm_head.weight").mismatch(source.bytes(embedding)) >= 0) {
            throw new ModelFileException(
                    source.path(),
                    "tensor 'lm_head.weight'",
                    "differs from " + embedding + " although the head is tied",
                    "set tie_word_embeddings to false in config.json");
        }
    }

    /// The biases that a model without biases lacks.
    private static List<TensorSpec> absentBiases(GptConfig config) {
        if (config.bias()) {
            return List.of();
        }
        return new GptModel(config.withBias(true))
                .parameters().stream()
                        .map(Parameter::spec)
                        .filter(spec -> spec.name().endsWith(".bias"))
                        .toList();
    }
}
