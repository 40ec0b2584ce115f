package io.tornadogpt.core.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.op.Activation;
import io.tornadogpt.core.op.Add;
import io.tornadogpt.core.op.AddBias;
import io.tornadogpt.core.op.Attention;
import io.tornadogpt.core.op.Copy;
import io.tornadogpt.core.op.LayerNorm;
import io.tornadogpt.core.op.MatMul;
import io.tornadogpt.core.op.Softmax;
import io.tornadogpt.core.op.Zero;
import io.tornadogpt.core.program.Autodiff;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Shape;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;
import io.tornadogpt.core.testing.Values;

import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/// Graphs that a transformer does not have, or hides.
class AutodiffTest {
    private static final int ROWS = 2;
    private static final int COLUMNS = 3;

    private final TensorSpec w = parameter("w", 0);
    private final TensorSpec layered = parameter("layered", 3);
    private final TensorSpec square =
            new TensorSpec("square", Shape.of(COLUMNS, COLUMNS), DType.F32, Role.PARAMETER);

    @Test
    void tensorReadThreeTimesSumsThreeGradients() {
        Tensor a = activation("a");
        Tensor b = activation("b");
        Tensor c = activation("c");
        Tensor out = activation("out");
        check(
                out,
                Program.builder("three readers")
                        .once(
                                "all",
                                ops -> {
                                    ops.accept(gelu(w.whole(), a));
                                    ops.accept(new Softmax(a, b));
                                    ops.accept(new Add(a, b, c));
                                    ops.accept(new Add(c, a, out));
                                }));
    }

    @Test
    void tensorAddedToItselfHasTwiceTheGradient() {
        Tensor a = activation("a");
        Tensor out = activation("out");
        check(
                out,
                Program.builder("doubled")
                        .once(
                                "all",
                                ops -> {
                                    ops.accept(gelu(w.whole(), a));
                                    ops.accept(new Add(a, a, out));
                                }));
    }

    @Test
    void productOfATensorWithItselfHasBothGradients() {
        Tensor a = activation("a");
        Tensor out =
                new TensorSpec("out", Shape.of(ROWS, ROWS), DType.F32, Role.ACTIVATION).whole();
        check(
                out,
                Program.builder("gram")
                        .once(
                                "all",
                                ops -> {
                                    ops.accept(gelu(w.whole(), a));
                                    ops.accept(new MatMul(a, a, out, false, true, false));
                                }));
    }

    @Test
    void parameterReadByOperationsThatAssignItsGradientCollectsThemAll() {
        Tensor a = activation("a");
        Tensor b = activation("b");
        Tensor out = activation("out");
        check(
                out,
                Program.builder("parameter read thrice")
                        .once(
                                "all",
                                ops -> {
                                    ops.accept(gelu(w.whole(), a));
                                    ops.accept(new Softmax(w.whole(), b));
                                    ops.accept(new Add(a, b, activation("c")));
                                    ops.accept(new Add(activation("c"), w.whole(), out));
                                }));
    }

    @Test
    void allTransposedProductsOfParametersHaveTheirGradients() {
        Tensor a = activation("a");
        Tensor b = activation("b");
        Tensor transposed =
                new TensorSpec("t", Shape.of(COLUMNS, ROWS), DType.F32, Role.ACTIVATION).whole();
        check(
                b,
                Program.builder("transposed")
                        .once(
                                "all",
                                ops -> {
                                    ops.accept(
                                            new MatMul(
                                                    w.whole(),
                                                    square.whole(),
                                                    a,
                                                    false,
                                                    true,
                                                    false));
                                    ops.accept(
                                            new MatMul(
                                                    square.whole(),
                                                    a,
                                                    transposed,
                                                    true,
                                                    true,
                                                    false));
                                    ops.accept(
                                            new MatMul(
                                                    transposed,
                                                    square.whole(),
                                                    b,
                                                    true,
                                                    false,
                                                    false));
                                }));
    }

    @Test
    void carryWithOneReaderRunsBackThroughTheLayers() {
        TensorSpec carry = stack("carry", 4);
        check(carry.at(3), chain(carry, 3));
    }

    @Test
    void repeatOfOneIsLikeNoRepeat() {
        TensorSpec carry = stack("carry", 2);
        check(carry.at(1), chain(carry, 1));
    }

    /// `carry[l + 1] = gelu(carry[l])`, one reader a layer.
    private Program.Builder chain(TensorSpec carry, int layers) {
        return Program.builder("chain")
                .once("start", ops -> ops.accept(gelu(w.whole(), carry.at(0))))
                .repeat("layers", layers, ops -> ops.accept(gelu(carry.layer(), carry.layer(1))));
    }

    @Test
    void carryWithManyReadersAndLayeredParametersRunsBackThroughTheLayers() {
        TensorSpec carry = stack("carry", 4);
        TensorSpec a = stack("a", 3);
        TensorSpec b = stack("b", 3);
        check(
                carry.at(3),
                Program.builder("residual chain")
                        .once("start", ops -> ops.accept(gelu(w.whole(), carry.at(0))))
                        .repeat(
                                "layers",
                                3,
                                ops -> {
                                    ops.accept(
                                            new MatMul(carry.layer(), square.whole(), a.layer()));
                                    ops.accept(new Add(a.layer(), layered.layer(), b.layer()));
                                    ops.accept(new Add(carry.layer(), b.layer(), carry.layer(1)));
                                }));
    }

    @Test
    void layerThatIsReadInItsOwnLayerAndTheNextGetsBothGradients() {
        TensorSpec carry = stack("carry", 4);
        TensorSpec soft = stack("soft", 3);
        TensorSpec other = stack("other", 4);
        Tensor out = activation("out");
        check(
                out,
                Program.builder("read here and there")
                        .once(
                                "start",
                                ops -> {
                                    ops.accept(gelu(w.whole(), carry.at(0)));
                                    ops.accept(new Softmax(w.whole(), other.at(0)));
                                })
                        .repeat(
                                "layers",
                                3,
                                ops -> {
                                    ops.accept(gelu(carry.layer(), carry.layer(1)));
                                    ops.accept(new Softmax(carry.layer(1), soft.layer()));
                                    ops.accept(
                                            new Add(soft.layer(), other.layer(), other.layer(1)));
                                })
                        .once("end", ops -> ops.accept(new Add(carry.at(3), other.at(3), out))));
    }

    @Test
    void outputsThatNobodyReadsHaveNoPart() {
        Tensor a = activation("a");
        Tensor unused = activation("unused");
        Tensor unusedToo = activation("unused.too");
        Tensor out = activation("out");
        check(
                out,
                Program.builder("unused")
                        .once(
                                "first",
                                ops -> {
                                    ops.accept(gelu(w.whole(), a));
                                    ops.accept(new Softmax(a, unused));
                                    ops.accept(new Copy(a, out));
                                })
                        .once("second", ops -> ops.accept(new Softmax(unused, unusedToo))));
    }

    @Test
    void unusedReaderInAnotherSegmentTakesNoPart() {
        Tensor a = activation("a");
        Tensor out = activation("out");
        check(
                out,
                Program.builder("unused reader")
                        .once(
                                "first",
                                ops -> {
                                    ops.accept(gelu(w.whole(), a));
                                    ops.accept(new Softmax(a, out));
                                })
                        .once("second", ops -> ops.accept(new Softmax(a, activation("b")))));
    }

    @Test
    void frozenParametersGetNoGradient() {
        Tensor a = activation("a");
        Tensor out = activation("out");
        Program.Builder program =
                Program.builder("frozen")
                        .once(
                                "all",
                                ops -> {
                                    ops.accept(new MatMul(w.whole(), square.whole(), a));
                                    ops.accept(gelu(a, out));
                                });
        check(out, program, parameter -> parameter.equals(square));
        var sum = new GradientCheck.WeightedSum(out);
        Program forward = program.build(); // with its sum by now
        Program both = gradients(forward, sum.loss(), parameter -> parameter.equals(square));
        assertTrue(both.specs().contains(Autodiff.gradient(square)));
        assertFalse(both.specs().contains(Autodiff.gradient(w)));
    }

    @Test
    void nothingTrainableIsTheForwardProgram() {
        Tensor out = activation("out");
        var sum = new GradientCheck.WeightedSum(out);
        Program forward =
                Program.builder("frozen")
                        .once("all", ops -> ops.accept(gelu(w.whole(), out)))
                        .once("sum", sum::append)
                        .build();
        assertEquals(forward, gradients(forward, sum.loss(), parameter -> false));
    }

    @Test
    void gradientThroughWhatAnOperationKeepsForItselfIsRefused() {
        TensorSpec lse = new TensorSpec("lse", Shape.of(1, 1, 2), DType.F32, Role.ACTIVATION);
        TensorSpec qkv = new TensorSpec("qkv", Shape.of(1, 2, 3), DType.F32, Role.PARAMETER);
        TensorSpec out = new TensorSpec("out", Shape.of(1, 2, 1), DType.F32, Role.ACTIVATION);
        var sum = new GradientCheck.WeightedSum(lse.whole());
        Program forward =
                Program.builder("lse")
                        .once(
                                "all",
                                ops -> {
                                    ops.accept(
                                            new Attention(
                                                    qkv.whole(),
                                                    out.whole(),
                                                    lse.whole(),
                                                    new Attention.Heads(1, 1, 1),
                                                    null));
                                    sum.append(ops);
                                })
                        .build();
        refused(
                "Attention has no gradient for its output lse[1, 1, 2], which the loss depends on",
                forward,
                sum);
    }

    @Test
    void sumsOverRowsAreRefusedForWhatIsNoParameter() {
        TensorSpec start = new TensorSpec("start", Shape.of(COLUMNS), DType.F32, Role.PARAMETER);
        Tensor vector =
                new TensorSpec("vector", Shape.of(COLUMNS), DType.F32, Role.ACTIVATION).whole();
        Tensor out = activation("out");
        var sum = new GradientCheck.WeightedSum(out);
        Program bias =
                Program.builder("bias")
                        .once("start", ops -> ops.accept(new Copy(start.whole(), vector)))
                        .once("all", ops -> ops.accept(new AddBias(w.whole(), vector, out)))
                        .once("sum", sum::append)
                        .build();
        refused(
                "AddBias: bias is vector[3], which is not a parameter, so it can have no gradient",
                bias,
                sum);
        Tensor mean = new TensorSpec("mean", Shape.of(ROWS), DType.F32, Role.ACTIVATION).whole();
        Tensor rstd = new TensorSpec("rstd", Shape.of(ROWS), DType.F32, Role.ACTIVATION).whole();
        Program norm =
                Program.builder("norm")
                        .once("start", ops -> ops.accept(new Copy(start.whole(), vector)))
                        .once(
                                "all",
                                ops ->
                                        ops.accept(
                                                new LayerNorm(
                                                        w.whole(), vector, null, out, mean, rstd,
                                                        1e-5)))
                        .once("sum", sum::append)
                        .build();
        refused(
                "LayerNorm: weight is vector[3], which is not a parameter, so it can have no"
                        + " gradient",
                norm,
                sum);
    }

    @Test
    void operationsWithoutGradientAreRefusedByName() {
        Tensor out = activation("out");
        var sum = new GradientCheck.WeightedSum(out);
        Tensor bias = new TensorSpec("b", Shape.of(COLUMNS), DType.F32, Role.PARAMETER).whole();
        var fused =
                new MatMul(
                        w.whole(),
                        square.whole(),
                        out,
                        false,
                        false,
                        false,
                        MatMul.Epilogue.NONE.withBias(bias));
        Program program =
                Program.builder("fused")
                        .once("all", ops -> ops.accept(fused))
                        .once("sum", sum::append)
                        .build();
        refused(
                "MatMul into out[2, 3] is fused or accumulates; differentiate before fusing",
                program,
                sum);
        var none =
                assertThrows(IllegalStateException.class, () -> new Zero(out).appendGradient(null));
        assertEquals("Zero has no gradient", none.getMessage());
    }

    private static void refused(String sentence, Program program, GradientCheck.WeightedSum sum) {
        var e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> gradients(program, sum.loss(), parameter -> true));
        assertEquals(sentence, e.getMessage());
    }

    private static Program gradients(
            Program forward, TensorSpec loss, Predicate<TensorSpec> trainable) {
        var dLoss = new TensorSpec("dLoss", loss.shape(), DType.F32, Role.INPUT);
        return Autodiff.gradients(
                forward, loss.whole(), dLoss.whole(), GradientCheck.gradients(trainable));
    }

    static void check(Tensor out, Program.Builder program) {
        check(out, program, parameter -> true);
    }

    private static void check(
            Tensor out, Program.Builder builder, Predicate<TensorSpec> trainable) {
        var sum = new GradientCheck.WeightedSum(out);
        Program program = builder.once("sum", sum::append).build();
        Map<TensorSpec, List<MemorySegment>> values = new HashMap<>();
        for (TensorSpec spec : program.specs()) {
            if (spec.role() == Role.PARAMETER || spec.role() == Role.INPUT) {
                var slices = new ArrayList<MemorySegment>();
                int count = Math.toIntExact(spec.shape().elements());
                for (int i = 0; i < spec.slices(); i++) {
                    slices.add(Values.normal().elements(spec.dtype(), count, 1, spec.name() + i));
                }
                values.put(spec, slices);
            }
        }
        GradientCheck.check(program, sum.loss().whole(), values, trainable);
    }

    private static Activation gelu(Tensor x, Tensor out) {
        return new Activation(x, out, Activation.Function.GELU_TANH);
    }

    private static TensorSpec parameter(String name, int layers) {
        return new TensorSpec(name, Shape.of(ROWS, COLUMNS), DType.F32, Role.PARAMETER, layers);
    }

    private static TensorSpec stack(String name, int layers) {
        return new TensorSpec(name, Shape.of(ROWS, COLUMNS), DType.F32, Role.ACTIVATION, layers);
    }

    private static Tensor activation(String name) {
        return stack(name, 0).whole();
    }
}
