package io.tornadogpt.core.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.tornadogpt.core.op.Activation;
import io.tornadogpt.core.op.Add;
import io.tornadogpt.core.op.AddBias;
import io.tornadogpt.core.op.Attention;
import io.tornadogpt.core.op.Copy;
import io.tornadogpt.core.op.CrossEntropy;
import io.tornadogpt.core.op.Dropout;
import io.tornadogpt.core.op.Embedding;
import io.tornadogpt.core.op.GatedActivation;
import io.tornadogpt.core.op.LayerNorm;
import io.tornadogpt.core.op.MatMul;
import io.tornadogpt.core.op.MeanPool;
import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.op.PolicyLoss;
import io.tornadogpt.core.op.PreferenceLoss;
import io.tornadogpt.core.op.RmsNorm;
import io.tornadogpt.core.op.Rotary;
import io.tornadogpt.core.op.RowSum;
import io.tornadogpt.core.op.Scale;
import io.tornadogpt.core.op.SoftCap;
import io.tornadogpt.core.op.Softmax;
import io.tornadogpt.core.op.SumLoss;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;
import io.tornadogpt.core.testing.OpCase;
import io.tornadogpt.core.testing.OpCases;
import io.tornadogpt.core.testing.Values;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/// The gradients of single operations with respect to all their inputs of type F32, in the small
/// cases of [OpCases]: once with the inputs as parameters, whose gradients are added up, and once
/// as activations, whose gradients are assigned.
class OpGradientTest {
    private static final Set<Class<? extends Op>> DIFFERENTIABLE =
            Set.of(
                    Add.class,
                    AddBias.class,
                    Attention.class,
                    Copy.class,
                    CrossEntropy.class,
                    Dropout.class,
                    Embedding.class,
                    Activation.class,
                    LayerNorm.class,
                    MatMul.class,
                    GatedActivation.class,
                    MeanPool.class,
                    PolicyLoss.class,
                    PreferenceLoss.class,
                    RmsNorm.class,
                    Rotary.class,
                    RowSum.class,
                    Scale.class,
                    SoftCap.class,
                    Softmax.class,
                    SumLoss.class);

    /// Their gradients are sums over rows, which only parameters collect.
    private static final Set<String> PARAMETERS_ONLY = Set.of("bias", "weight");

    /// What has no gradient: it is the host's, or another model's.
    private static final Set<String> GIVEN =
            Set.of("advantages", "old", "reference", "biases", "weights");

    private static final int MOST_ELEMENTS = 200;

    @TestFactory
    Stream<DynamicTest> gradientsOfParametersMatchCentralDifferences() {
        return cases().map(c -> dynamicTest(c.toString(), () -> check(c, false)));
    }

    @TestFactory
    Stream<DynamicTest> gradientsOfActivationsMatchCentralDifferences() {
        return cases().map(c -> dynamicTest(c.toString(), () -> check(c, true)));
    }

    @Test
    void everyDifferentiableOperationHasSmallCases() {
        var covered = new TreeSet<String>();
        cases().forEach(c -> covered.add(c.op().name()));
        var expected = new TreeSet<String>();
        DIFFERENTIABLE.forEach(kind -> expected.add(kind.getSimpleName()));
        assertEquals(expected, covered);
    }

    private static Stream<OpCase> cases() {
        return OpCases.all().stream()
                .filter(c -> DIFFERENTIABLE.contains(c.op().getClass()))
                .filter(c -> elements(c.op()) <= MOST_ELEMENTS)
                .filter(c -> !(c.op() instanceof MatMul m) || differentiable(m))
                .filter(c -> c.op().inputs().stream().noneMatch(t -> t.dtype().rounds()))
                // Not smooth enough for differences: 1e15^3, and softmax of logits in the hundreds.
                .filter(c -> !c.name().endsWith("hard") && !c.name().endsWith("overflowing"));
    }

    private static boolean differentiable(MatMul op) {
        return !op.accumulate() && op.epilogue().equals(MatMul.Epilogue.NONE);
    }

    private static long elements(Op op) {
        return op.inputs().stream()
                .filter(t -> t.dtype() == DType.F32)
                .mapToLong(Tensor::elements)
                .sum();
    }

    private static void check(OpCase c, boolean activations) {
        var inputs = new Inputs(c, activations);
        Op op = inputs.rewrite();
        Tensor out = op instanceof CrossEntropy e ? e.losses() : op.outputs().getFirst();
        var sum = new GradientCheck.WeightedSum(out);
        Program program =
                Program.builder(c.toString())
                        .once("inputs", ops -> inputs.copies.values().forEach(ops))
                        .once(
                                "op",
                                ops -> {
                                    ops.accept(op);
                                    sum.append(ops);
                                })
                        .build();
        inputs.put(sum.left());
        inputs.put(sum.right());
        GradientCheck.check(program, sum.loss().whole(), inputs.values, parameter -> true);
    }

    /// The tensors of a case as a differentiable program declares them.
    private static final class Inputs {
        final Map<TensorSpec, List<MemorySegment>> values = new HashMap<>();
        final Map<Tensor, Op> copies = new HashMap<>();
        private final OpCase opCase;
        private final boolean activations;

        Inputs(OpCase opCase, boolean activations) {
            this.opCase = opCase;
            this.activations = activations;
        }

        Op rewrite() {
            return opCase.op().map(this::declare);
        }

        private Tensor declare(Tensor tensor) {
            TensorSpec spec = tensor.spec();
            Values value = opCase.values().get(spec.name());
            if (value == null) {
                return spec(spec, spec.name(), Role.ACTIVATION).whole();
            }
            if (spec.dtype() == DType.I32) {
                return put(spec(spec, spec.name(), Role.INPUT), value).whole();
            }
            boolean angles = opCase.op() instanceof Rotary && spec.name().equals("table");
            if (angles || GIVEN.contains(spec.name())) {
                return put(spec(spec, spec.name(), Role.INPUT), value).whole();
            }
            Tensor parameter = put(spec(spec, spec.name(), Role.PARAMETER), value).whole();
            if (!activations || PARAMETERS_ONLY.contains(spec.name())) {
                return parameter;
            }
            Tensor copy = spec(spec, spec.name() + ".copy", Role.ACTIVATION).whole();
            copies.put(copy, new Copy(parameter, copy));
            return copy;
        }

        private static TensorSpec spec(TensorSpec like, String name, Role role) {
            return new TensorSpec(name, like.shape(), like.dtype(), role);
        }

        void put(TensorSpec spec) {
            put(spec, Values.normal());
        }

        private TensorSpec put(TensorSpec spec, Values value) {
            int count = Math.toIntExact(spec.elements());
            String key = opCase.name() + spec.name();
            values.put(spec, List.of(value.elements(spec.dtype(), count, 1, key)));
            return spec;
        }
    }
}
