package io.tornadogpt.core.program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.model.GptConfig;
import io.tornadogpt.core.model.LossProgram;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.op.Activation;
import io.tornadogpt.core.op.Add;
import io.tornadogpt.core.op.Copy;
import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Shape;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.stream.Stream;

class GradientCheckpointingTest {
    private static final int BATCH = 4;
    private static final int POSITIONS = 16;
    private static final int CHANNELS = 32;
    private static final int HEADS = 2;
    private static final long SLICE = 4L * BATCH * POSITIONS * CHANNELS;

    private static LossProgram accumulate(int layers) {
        var config = new GptConfig(layers, HEADS, CHANNELS, POSITIONS, 19, true, 0.1);
        return new Model(config).accumulate(BATCH, POSITIONS);
    }

    private static Program checkpointed(int layers) {
        return accumulate(layers).after(new GradientCheckpointing()).program();
    }

    private static long activations(Program program) {
        Program fused = Fusion.all().apply(program);
        return MemoryPlan.of(List.of(fused)).bytes(Role.ACTIVATION);
    }

    @Test
    void eachFurtherLayerCostsOneSliceOfTheResidualStream() {
        for (int layers = 2; layers <= 12; layers++) {
            long more = activations(checkpointed(layers)) - activations(checkpointed(layers - 1));
            assertEquals(SLICE, more, layers + " layers");
        }
    }

    /// What lives at the peak, where the last layer's gradients begin, in slices of B x T x C: the
    /// inputs of all layers; of the layer two norms, qkv (3), attention, the middle of the residual
    /// stream, before and after GELU (4 each); the gradient of the layer's output, before and after
    /// dropout, and that of GELU's result (4). Beside them mean and rstd of two norms and the
    /// log-sum-exp of each head, one number a row.
    @Test
    void twelveLayersFallToThePredictedFigure() {
        long rows = 4L * BATCH * POSITIONS;
        long predicted = (12 + 15 + 2 + 4) * SLICE + (2 * 2 + HEADS) * rows;
        assertEquals(predicted, activations(checkpointed(12)));
        assertTrue(activations(accumulate(12).program()) > 12 * 16 * SLICE);
    }

    @Test
    void onlyTheResidualStreamIsStacked() {
        List<TensorSpec> stacks =
                checkpointed(12).specs().stream()
                        .filter(spec -> spec.role() == Role.ACTIVATION && spec.stacked())
                        .toList();
        assertEquals(
                List.of("residual", "d.residual"), stacks.stream().map(TensorSpec::name).toList());
        assertEquals(13, stacks.getFirst().layers());
    }

    /// The projection of the MLP and its dropout write the next layer's input, which is kept.
    @Test
    void whatNoGradientAsksForIsNotComputedAgain() {
        List<Op> blocks = segment(accumulate(3).program(), "d.blocks").ops();
        List<Op> withAgain = segment(checkpointed(3), "d.blocks").ops();
        List<Op> again = withAgain.subList(0, withAgain.size() - blocks.size());
        assertEquals(
                List.of(
                        "LayerNorm",
                        "MatMul",
                        "AddBias",
                        "Attention",
                        "MatMul",
                        "AddBias",
                        "Dropout",
                        "Add",
                        "LayerNorm",
                        "MatMul",
                        "AddBias",
                        "Activation"),
                again.stream().map(Op::name).toList());
        assertTrue(
                again.stream()
                        .flatMap(op -> op.outputs().stream())
                        .allMatch(t -> t.spec().name().startsWith("again.")));
    }

    /// A fused forward pass need not keep what only the gradient of GELU would read.
    @Test
    void forwardPassOfABlockIsThatOfAnEvaluation() {
        var config = new GptConfig(3, HEADS, CHANNELS, POSITIONS, 19, true, 0);
        var model = new Model(config);
        Program trained =
                model.accumulate(BATCH, POSITIONS).after(new GradientCheckpointing()).program();
        Program evaluated = model.evaluate(BATCH, POSITIONS).program();
        Stream<Program> both = Stream.of(trained, evaluated).map(new Unstacking());
        List<List<Op>> blocks =
                both.map(Fusion.all()).map(p -> segment(p, "blocks").ops()).toList();
        assertEquals(blocks.get(1), blocks.get(0));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void programWithoutGradientsStaysAsItIs(int layers) {
        Program program =
                new Model(new GptConfig(layers, HEADS, CHANNELS, POSITIONS, 19, true, 0))
                        .evaluate(BATCH, POSITIONS)
                        .program();
        assertEquals(new Unstacking().apply(program), new GradientCheckpointing().apply(program));
    }

    @Test
    void secondApplicationChangesNothing() {
        Program once = checkpointed(3);
        assertEquals(once, new GradientCheckpointing().apply(once));
    }

    /// What the head reads of a layer, and what a later layer reads, must outlive the layer.
    @Test
    void activationsThatOthersReadAreKept() {
        TensorSpec x = stack("x", 4);
        TensorSpec kept = stack("kept", 3);
        TensorSpec inner = stack("inner", 3);
        Tensor out = new TensorSpec("out", Shape.of(2), DType.F32, Role.OUTPUT).whole();
        Tensor start = new TensorSpec("start", Shape.of(2), DType.F32, Role.INPUT).whole();
        Program program =
                new Program(
                        "p",
                        List.of(
                                new Segment("a", 1, false, List.of(new Copy(start, x.at(0)))),
                                new Segment(
                                        "b",
                                        3,
                                        false,
                                        List.of(
                                                gelu(x.layer(), kept.layer()),
                                                gelu(kept.layer(), inner.layer()),
                                                gelu(inner.layer(), x.layer(1)))),
                                new Segment(
                                        "c", 1, false, List.of(new Add(x.at(3), kept.at(1), out))),
                                new Segment(
                                        "d.b",
                                        3,
                                        true,
                                        List.of(
                                                new Add(
                                                        kept.layer(),
                                                        inner.layer(),
                                                        stack("d", 3).layer())))));
        Program after = new GradientCheckpointing().apply(program);
        assertEquals(
                "[x, kept, inner, again.inner, d]",
                after.specs().stream()
                        .filter(spec -> spec.role() == Role.ACTIVATION)
                        .map(TensorSpec::name)
                        .toList()
                        .toString());
        assertEquals(
                List.of("x", "kept"),
                after.specs().stream().filter(TensorSpec::stacked).map(TensorSpec::name).toList());
    }

    /// Attention with a cache writes the cache: doing it twice is not doing it once.
    @Test
    void operationsThatReadWhatTheProgramChangesAreNotRunAgain() {
        TensorSpec cache = new TensorSpec("cache", Shape.of(2), DType.F32, Role.CACHE);
        TensorSpec a = stack("a", 3);
        TensorSpec b = stack("b", 3);
        Program program =
                new Program(
                        "p",
                        List.of(
                                new Segment(
                                        "s",
                                        3,
                                        false,
                                        List.of(
                                                gelu(cache.whole(), a.layer()),
                                                new Copy(a.layer(), cache.whole()))),
                                new Segment("d.s", 3, true, List.of(gelu(a.layer(), b.layer())))));
        Program after = new GradientCheckpointing().apply(program);
        assertEquals(1, segment(after, "d.s").ops().size());
    }

    private static Segment segment(Program program, String name) {
        return program.segments().stream().filter(s -> s.name().equals(name)).findFirst().get();
    }

    private static Activation gelu(Tensor x, Tensor out) {
        return new Activation(x, out, Activation.Function.GELU_TANH);
    }

    private static TensorSpec stack(String name, int layers) {
        return new TensorSpec(name, Shape.of(2), DType.F32, Role.ACTIVATION, layers);
    }
}
