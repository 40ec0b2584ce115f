package io.tornadogpt.core.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.tornadogpt.core.op.Activation;
import io.tornadogpt.core.op.Add;
import io.tornadogpt.core.op.Copy;
import io.tornadogpt.core.op.MatMul;
import io.tornadogpt.core.op.Softmax;
import io.tornadogpt.core.program.Autodiff;
import io.tornadogpt.core.program.GradientCheckpointing;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.program.Segment;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Shape;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;

import org.junit.jupiter.api.Test;

import java.util.List;

/// Gradients of activations that several segments, or all layers of one, read: skip connections,
/// heads beside the head, adapters.
class AutodiffSegmentsTest {
    private static final Shape SHAPE = Shape.of(2, 3);

    private final Tensor w = new TensorSpec("w", SHAPE, DType.F32, Role.PARAMETER).whole();
    private final TensorSpec layered =
            new TensorSpec("layered", Shape.of(3, 3), DType.F32, Role.PARAMETER, 3);
    private final TensorSpec carry = stack("carry", 4);
    private final Tensor a = activation("a");
    private final Tensor b = activation("b");
    private final Tensor c = activation("c");
    private final Tensor out = activation("out");

    @Test
    void activationThatTwoLaterSegmentsReadGetsBothGradients() {
        check(
                Program.builder("two readers")
                        .once("start", ops -> ops.accept(gelu(w, a)))
                        .once("second", ops -> ops.accept(new Softmax(a, b)))
                        .once("third", ops -> ops.accept(new Add(a, b, out))));
    }

    @Test
    void activationThatItsSegmentAndThreeLaterOnesReadGetsAllGradients() {
        Tensor d = activation("d");
        Tensor e = activation("e");
        check(
                Program.builder("many readers")
                        .once(
                                "start",
                                ops -> {
                                    ops.accept(gelu(w, a));
                                    ops.accept(new Softmax(a, b));
                                })
                        .once("second", ops -> ops.accept(new Add(a, b, c)))
                        .once(
                                "third",
                                ops -> {
                                    ops.accept(new Softmax(a, d));
                                    ops.accept(new Add(d, a, e));
                                })
                        .once(
                                "fourth",
                                ops -> {
                                    ops.accept(new Add(e, c, activation("f")));
                                    ops.accept(new Add(activation("f"), a, out));
                                }));
    }

    @Test
    void skipFromALayerInTheMiddleGetsItsGradient() {
        check(
                layers(Program.builder("skip"))
                        .once("skip", ops -> ops.accept(new Softmax(carry.at(1), a)))
                        .once("end", ops -> ops.accept(new Add(carry.at(3), a, out))));
    }

    @Test
    void skipFromTheFirstAndTheLastLayerGetsItsGradient() {
        check(
                layers(Program.builder("skips"))
                        .once(
                                "skips",
                                ops -> {
                                    ops.accept(new Softmax(carry.at(0), a));
                                    ops.accept(new Softmax(carry.at(3), b));
                                })
                        .once(
                                "end",
                                ops -> {
                                    ops.accept(new Add(a, b, c));
                                    ops.accept(new Add(carry.at(3), c, out));
                                }));
    }

    @Test
    void everyLayerThatALayerOfAnotherSegmentReadsGetsItsGradient() {
        TensorSpec up = stack("up", 4);
        check(
                layers(Program.builder("both ways"))
                        .once("turn", ops -> ops.accept(gelu(carry.at(3), up.at(0))))
                        .repeat(
                                "up",
                                3,
                                ops -> ops.accept(new Add(up.layer(), carry.layer(), up.layer(1))))
                        .once("end", ops -> ops.accept(new Softmax(up.at(3), out))));
    }

    @Test
    void activationThatEveryLayerReadsGetsTheSumOfItsGradients() {
        TensorSpec s = stack("s", 3);
        check(
                Program.builder("read in every layer")
                        .once(
                                "start",
                                ops -> {
                                    ops.accept(gelu(w, a));
                                    ops.accept(new Softmax(w, carry.at(0)));
                                })
                        .repeat(
                                "layers",
                                3,
                                ops -> {
                                    ops.accept(new MatMul(a, layered.layer(), s.layer()));
                                    ops.accept(new Add(carry.layer(), s.layer(), carry.layer(1)));
                                })
                        .once("end", ops -> ops.accept(new Add(carry.at(3), a, out))));
    }

    @Test
    void startThatEveryLayerReadsBesideTheOneBeforeGetsTheSumOfItsGradients() {
        TensorSpec s = stack("s", 3);
        check(
                Program.builder("start read again")
                        .once("start", ops -> ops.accept(gelu(w, carry.at(0))))
                        .repeat(
                                "layers",
                                3,
                                ops -> {
                                    ops.accept(
                                            new MatMul(carry.layer(), layered.layer(), s.layer()));
                                    ops.accept(new Add(carry.at(0), s.layer(), carry.layer(1)));
                                })
                        .once("end", ops -> ops.accept(new Copy(carry.at(3), out))));
    }

    @Test
    void layerThatReadsTwoLayersOfAnEarlierSegmentGivesBothTheirGradients() {
        TensorSpec s = stack("s", 3);
        check(
                layers(Program.builder("neighbours"))
                        .repeat(
                                "pairs",
                                3,
                                ops -> {
                                    ops.accept(new Softmax(carry.layer(1), s.layer()));
                                    ops.accept(
                                            new Add(
                                                    carry.layer(),
                                                    s.layer(),
                                                    stack("pair", 3).layer()));
                                })
                        .once(
                                "end",
                                ops ->
                                        ops.accept(
                                                new Add(
                                                        stack("pair", 3).at(0),
                                                        stack("pair", 3).at(2),
                                                        out))));
    }

    @Test
    void layerThatReadsTheTwoBeforeItGivesBothTheirGradients() {
        TensorSpec fibonacci = stack("fibonacci", 5);
        TensorSpec s = stack("s", 3);
        check(
                Program.builder("two back")
                        .once(
                                "start",
                                ops -> {
                                    ops.accept(gelu(w, fibonacci.at(0)));
                                    ops.accept(new Softmax(w, fibonacci.at(1)));
                                })
                        .repeat(
                                "layers",
                                3,
                                ops -> {
                                    ops.accept(
                                            new MatMul(
                                                    fibonacci.layer(1),
                                                    layered.layer(),
                                                    s.layer()));
                                    ops.accept(
                                            new Add(
                                                    fibonacci.layer(),
                                                    s.layer(),
                                                    fibonacci.layer(2)));
                                })
                        .once("end", ops -> ops.accept(new Copy(fibonacci.at(4), out))));
    }

    @Test
    void layersThatNobodyReadsGetAGradientOfZero() {
        TensorSpec s = stack("s", 3);
        check(
                Program.builder("one of three")
                        .once("start", ops -> ops.accept(gelu(w, a)))
                        .repeat(
                                "layers",
                                3,
                                ops -> ops.accept(new MatMul(a, layered.layer(), s.layer())))
                        .once("end", ops -> ops.accept(new Copy(s.at(1), out))));
    }

    @Test
    void partsAreAddedFromTheLastReaderToTheFirst() {
        Program.Builder builder =
                Program.builder("order")
                        .once("start", ops -> ops.accept(gelu(w, a)))
                        .once("second", ops -> ops.accept(new Softmax(a, b)))
                        .once("third", ops -> ops.accept(new Add(a, b, out)));
        Program gradients = gradients(builder);
        Segment start = gradients.segments().getLast();
        assertEquals("d.start", start.name());
        assertEquals(
                "Add[a=d.a[2, 3], b=d.a.1[2, 3], out=d.a.2[2, 3]]",
                start.ops().getFirst().toString());
    }

    /// The parts of a gradient are handed back in stacks, their sum is needed in one layer.
    @Test
    void checkpointingKeepsWhatSegmentsHandEachOther() {
        Program.Builder builder =
                layers(Program.builder("skip"))
                        .once("skip", ops -> ops.accept(new Softmax(carry.at(1), a)))
                        .once("end", ops -> ops.accept(new Add(carry.at(3), a, out)));
        Program kept = gradients(builder);
        Program again = new GradientCheckpointing().apply(kept);
        assertNotEquals(kept, again);
        assertEquals(
                List.of("carry", "d.carry", "d.carry.1"),
                again.specs().stream()
                        .filter(spec -> spec.role() == Role.ACTIVATION && spec.stacked())
                        .map(TensorSpec::name)
                        .sorted()
                        .toList());
    }

    private Program gradients(Program.Builder builder) {
        var sum = new GradientCheck.WeightedSum(out);
        Program forward = builder.once("sum", sum::append).build();
        var dLoss = new TensorSpec("dLoss", sum.loss().shape(), DType.F32, Role.INPUT);
        return Autodiff.gradients(forward, sum.loss().whole(), dLoss.whole(), Autodiff::gradient);
    }

    /// `carry[l + 1] = gelu(carry[l] . layered[l])`.
    private Program.Builder layers(Program.Builder builder) {
        TensorSpec inner = stack("inner", 3);
        return builder.once("start", ops -> ops.accept(gelu(w, carry.at(0))))
                .repeat(
                        "layers",
                        3,
                        ops -> {
                            ops.accept(new MatMul(carry.layer(), layered.layer(), inner.layer()));
                            ops.accept(gelu(inner.layer(), carry.layer(1)));
                        });
    }

    private void check(Program.Builder builder) {
        AutodiffTest.check(out, builder);
    }

    private static Activation gelu(Tensor x, Tensor out) {
        return new Activation(x, out, Activation.Function.GELU_TANH);
    }

    private static TensorSpec stack(String name, int layers) {
        return new TensorSpec(name, SHAPE, DType.F32, Role.ACTIVATION, layers);
    }

    private static Tensor activation(String name) {
        return stack(name, 0).whole();
    }
}
