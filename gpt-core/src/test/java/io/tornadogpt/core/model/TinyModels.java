package io.tornadogpt.core.model;

import io.tornadogpt.core.files.SafetensorsFile;
import io.tornadogpt.core.files.SafetensorsWriter;
import io.tornadogpt.core.files.StorageType;
import io.tornadogpt.core.files.StoredTensor;
import io.tornadogpt.core.files.TensorSource;
import io.tornadogpt.core.model.arch.Architecture;
import io.tornadogpt.core.model.arch.AttentionShape;
import io.tornadogpt.core.model.arch.BlockForm;
import io.tornadogpt.core.model.arch.Dropouts;
import io.tornadogpt.core.model.arch.EmbeddingShape;
import io.tornadogpt.core.model.arch.Head;
import io.tornadogpt.core.model.arch.Mlp;
import io.tornadogpt.core.model.arch.Norm;
import io.tornadogpt.core.model.arch.Norms;
import io.tornadogpt.core.model.arch.Position;
import io.tornadogpt.core.model.arch.RotaryScaling;
import io.tornadogpt.core.model.family.Llama;
import io.tornadogpt.core.model.graph.Parameter;
import io.tornadogpt.core.op.Activation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;

/// Models of a few hundred weights, on disk.
final class TinyModels {
    static final GptConfig GPT2 = new GptConfig(2, 2, 6, 5, 7, true, 0);

    static final GptConfig UNTIED =
            new GptConfig(1, 3, 6, 5, 7, true, 0, false, Activation.Function.GELU, 1e-6);

    static final GptConfig GPT_NEO =
            new GptConfig(
                    2,
                    3,
                    6,
                    5,
                    7,
                    true,
                    0,
                    true,
                    Activation.Function.GELU_TANH,
                    1e-5,
                    GptConfig.Family.GPT_NEO,
                    "0,3");

    /// Key-value heads fewer than heads, rotary positions, gated MLP, RMS norm.
    static final ModelConfig LLAMA =
            new ModelConfig(
                    Llama.FAMILY,
                    new Architecture(
                            3,
                            12,
                            11,
                            24,
                            Norms.before(new Norm.Rms(1e-5, 0)),
                            new Position.Rotary(4, 10_000, new RotaryScaling.None()),
                            AttentionShape.causal(4, 2, 4, false, false),
                            new Mlp.Gated(10, Activation.Function.SILU, false),
                            BlockForm.SEQUENTIAL,
                            EmbeddingShape.plain(false),
                            Head.PLAIN,
                            Dropouts.NONE));

    /// As GPT-2, of the size of [#LLAMA].
    static final ModelConfig GPT2_OF_THREE_LAYERS =
            new GptConfig(3, 2, 12, 24, 11, true, 0).model();

    /// Every element another number.
    static final WeightReader WEIGHTS =
            (spec, slice) -> {
                var values = new float[Math.toIntExact(spec.shape().elements())];
                for (int i = 0; i < values.length; i++) {
                    values[i] = (spec.sliceName(slice).hashCode() % 1000 + i) * 0x1p-12f;
                }
                return values;
            };

    private TinyModels() {}

    static Path write(Path directory, GptConfig config) throws IOException {
        Files.createDirectories(directory);
        ModelDirectory.save(directory, config.model(), WEIGHTS, StorageType.F32);
        return directory;
    }

    /// The same in two shards with an index.
    static Path writeShards(Path directory, GptConfig config) throws IOException {
        Path whole = write(directory, config).resolve(TensorSource.SINGLE_FILE);
        var shards =
                Map.of(
                        "a.safetensors",
                        new SafetensorsWriter(),
                        "b.safetensors",
                        new SafetensorsWriter());
        var index = new StringBuilder("{\"metadata\": {\"total_size\": 1}, \"weight_map\": {");
        try (var source = SafetensorsFile.open(whole)) {
            for (StoredTensor tensor : source.tensors()) {
                String shard = tensor.name().contains("ln_") ? "a.safetensors" : "b.safetensors";
                Objects.requireNonNull(shards.get(shard))
                        .tensor(
                                tensor.name(),
                                tensor.type(),
                                tensor.shape(),
                                source.bytes(tensor.name()));
                index.append("\"%s\": \"%s\",".formatted(tensor.name(), shard));
            }
            for (var shard : shards.entrySet()) {
                shard.getValue().write(directory.resolve(shard.getKey()));
            }
        }
        index.setLength(index.length() - 1);
        Files.writeString(directory.resolve(TensorSource.INDEX_FILE), index + "}}");
        Files.delete(whole);
        return directory;
    }

    /// Reads every weight, and says how many there are.
    static long readAll(StoredModel stored) throws IOException {
        long elements = 0;
        try (OpenWeights weights = stored.openWeights()) {
            for (Parameter parameter : new Model(stored.config()).parameters()) {
                for (int slice = 0; slice < parameter.spec().slices(); slice++) {
                    elements += weights.read(parameter.spec(), slice).length;
                }
            }
        }
        return elements;
    }
}
