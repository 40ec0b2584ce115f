package io.tornadogpt.core.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.files.SafetensorsWriter;
import io.tornadogpt.core.files.StorageType;
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
import io.tornadogpt.core.reference.ReferenceBackend;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.TensorSpec;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

class QuantizedFilesTest {
    /// GPT-2's files have linear weights the other way round.
    private static final ModelConfig GPT2 = new GptConfig(2, 2, 32, 8, 11, true, 0).model();

    private static final ModelConfig WITHOUT_BIASES =
            new GptConfig(2, 2, 64, 8, 11, false, 0).model();

    /// The outputs of the MLP have rows of 40.
    private static final ModelConfig LLAMA =
            new ModelConfig(
                    Llama.FAMILY,
                    new Architecture(
                            3,
                            32,
                            11,
                            24,
                            Norms.before(new Norm.Rms(1e-5, 0)),
                            new Position.Rotary(8, 10_000, new RotaryScaling.None()),
                            AttentionShape.causal(4, 2, 8, false, false),
                            new Mlp.Gated(40, Activation.Function.SILU, false),
                            BlockForm.SEQUENTIAL,
                            EmbeddingShape.plain(false),
                            Head.PLAIN,
                            Dropouts.NONE));

    private static final Map<StorageType, DType> TYPES =
            Map.of(StorageType.Q8_0, DType.Q8_0, StorageType.Q4_0, DType.Q4_0);

    @TempDir private Path folder;

    static Stream<Arguments> cases() {
        return Stream.of(GPT2, WITHOUT_BIASES, LLAMA)
                .flatMap(config -> TYPES.keySet().stream().map(type -> Arguments.of(config, type)));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void weightsComeBackRoundedOnce(ModelConfig config, StorageType type) throws IOException {
        ModelDirectory.save(folder, config, TinyModels.WEIGHTS, type);

        DType held = TYPES.get(type);
        List<Parameter> exact = new Model(config).parameters();
        List<Parameter> rounded = new Model(config).withWeights(held).parameters();
        try (var weights = ModelDirectory.open(folder).openWeights()) {
            for (int i = 0; i < exact.size(); i++) {
                TensorSpec spec = exact.get(i).spec();
                DType as = rounded.get(i).spec().dtype();
                for (int slice = 0; slice < spec.slices(); slice++) {
                    float[] values = TinyModels.WEIGHTS.read(spec, slice);
                    assertArrayEquals(
                            as.decode(as.encode(values)), weights.read(spec, slice), spec.name());
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void blocksOfTheFileAreThoseOfTheSession(ModelConfig config, StorageType type)
            throws IOException {
        ModelDirectory.save(folder, config, TinyModels.WEIGHTS, type);
        Model model = new Model(config).withWeights(TYPES.get(type));
        var program = model.logits("logits", 1, 4).program();
        try (var session = new ReferenceBackend().open(List.of(program))) {
            ModelDirectory.open(folder).load(model, session);
            for (Parameter parameter : model.parameters()) {
                TensorSpec spec = parameter.spec();
                float[] values = TinyModels.WEIGHTS.read(spec, 0);
                var blocks = MemorySegment.ofArray(new byte[(int) spec.sliceBytes()]);
                session.read(spec, 0, blocks);
                assertEquals(-1, spec.dtype().encode(values).mismatch(blocks), spec.name());
            }
        }
    }

    @Test
    void rowsThatAreNoWholeBlocksStayExact() throws IOException {
        ModelDirectory.save(folder, LLAMA, TinyModels.WEIGHTS, StorageType.Q4_0);
        try (TensorSource source = TensorSource.open(folder)) {
            String down = "model.layers.1.mlp.down_proj.weight";
            assertEquals(StorageType.F32, source.tensor(down).type());
            String up = "model.layers.1.mlp.up_proj.weight";
            assertEquals(StorageType.Q4_0, source.tensor(up).type());
            assertEquals(List.of(40L, 32L), source.tensor(up).shape());
        }
    }

    @Test
    void aWeightThatIsNoNumberIsNamed() {
        WeightReader broken =
                (spec, slice) -> {
                    float[] values = TinyModels.WEIGHTS.read(spec, slice);
                    values[values.length - 1] = Float.NaN;
                    return values;
                };
        var e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> ModelDirectory.save(folder, GPT2, broken, StorageType.Q8_0));
        assertTrue(String.valueOf(e.getMessage()).contains("tensor transformer.wte.weight"));
    }

    @Test
    void blocksThatAreCutAreRefused() throws IOException {
        Path file = folder.resolve("cut.safetensors");
        new SafetensorsWriter()
                .tensor("w", StorageType.U8, List.of(2L, 35L), MemorySegment.ofArray(new byte[70]))
                .blocks(StorageType.Q8_0)
                .write(file);
        var e = assertThrows(ModelFileException.class, () -> TensorSource.open(file));
        assertTrue(String.valueOf(e.getMessage()).contains("[2, 35]"), e.getMessage());

        Path unknown = folder.resolve("unknown.safetensors");
        new SafetensorsWriter().metadata("tornadogpt.blocks", "Q9_9").write(unknown);
        var other = assertThrows(ModelFileException.class, () -> TensorSource.open(unknown));
        assertTrue(String.valueOf(other.getMessage()).contains("Q9_9"), other.getMessage());
    }
}
