package io.tornadogpt.core.op;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Shape;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;
import io.tornadogpt.core.testing.OpCases;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

import java.util.HashSet;
import java.util.Set;

/// What constructors of operations refuse, and what operations say of themselves.
class OpChecksTest {
    @Test
    void productsOfMatricesThatDoNotFitAreRefused() {
        refused(
                "MatMul: a is a[64, 128] but b is b[127, 512]; expected b to have 128 rows",
                () -> new MatMul(f("a", 64, 128), f("b", 127, 512), f("c", 64, 512)));
        refused(
                "MatMul: a is a[64, 128] transposed but b is b[5, 63] transposed; expected b to"
                        + " have 64 columns",
                () -> new MatMul(f("a", 64, 128), f("b", 5, 63), f("c", 1), true, true, false));
        refused(
                "MatMul: out is c[64, 5], a 64 x 5 matrix; expected 64 x 6",
                () -> new MatMul(f("a", 64, 128), f("b", 128, 6), f("c", 64, 5)));
    }

    @Test
    void productsThatAreBothAccumulatedAndFusedAreRefused() {
        var bias = MatMul.Epilogue.NONE.withBias(f("bias", 4));
        refused(
                "MatMul: the product into c[2, 4] is accumulated, so it can have no epilogue",
                () ->
                        new MatMul(
                                f("a", 2, 3),
                                f("b", 3, 4),
                                f("c", 2, 4),
                                false,
                                false,
                                true,
                                bias));
    }

    @Test
    void preActivationWithoutActivationIsRefused() {
        var epilogue = new MatMul.Epilogue(null, null, f("pre", 2, 4), null);
        refused(
                "MatMul: pre[2, 4] would keep what comes before the activation, but there is none",
                () ->
                        new MatMul(
                                f("a", 2, 3),
                                f("b", 3, 4),
                                f("c", 2, 4),
                                false,
                                false,
                                false,
                                epilogue));
    }

    @Test
    void shapesThatDifferAreRefused() {
        refused(
                "Add: b is b[2, 4] but a is a[2, 3]; expected equal shapes",
                () -> new Add(f("a", 2, 3), f("b", 2, 4), f("c", 2, 3)));
        refused(
                "AddBias: bias is bias[4]; expected shape [3]",
                () -> new AddBias(f("x", 2, 3), f("bias", 4), f("out", 2, 3)));
        refused(
                "LayerNorm: mean is mean[3] with 3 elements; expected 2",
                () ->
                        new LayerNorm(
                                f("x", 2, 5),
                                f("w", 5),
                                null,
                                f("out", 2, 5),
                                f("mean", 3),
                                f("rstd", 2),
                                1e-5));
    }

    @Test
    void headsThatDoNotDivideAreRefused() {
        refused(
                "Attention: values are columns 24 to 35 of qkv[1, 4, 30], which has fewer",
                () ->
                        new Attention(
                                f("qkv", 1, 4, 30),
                                f("out", 1, 4, 12),
                                f("lse", 1, 4, 4),
                                new Attention.Heads(4, 3, 1),
                                null));
    }

    @Test
    void typesThatDifferAreRefused() {
        refused(
                "Embedding: ids is ids[2] of type F32; expected I32",
                () -> new Embedding(f("ids", 2), f("table", 5, 3), f("out", 2, 3)));
        refused(
                "CrossEntropy: targets is t[2] of type F32; expected I32",
                () -> new CrossEntropy(f("x", 2, 3), f("t", 2), f("lse", 2), f("losses", 2)));
    }

    @Test
    void settingsThatCannotBeAreRefused() {
        refused(
                "Dropout: dropout probability is 1.0; expected 0 <= p < 1",
                () -> new Dropout.Mask(1, f("rng", 4), 0));
        refused("beta1 is 1.0; expected 0 <= beta1 < 1", () -> new AdamW.Settings(1, 0.9, 1e-8, 0));
        refused(
                "ClipScale: maxNorm is -1.0; expected 0 (off) or a finite norm above it",
                () -> new ClipScale(f("norm", 1), f("scale", 1), -1));
    }

    /// What memory planning and passes rely on: no tensor of an operation is hidden from them.
    @Test
    void everyTensorOfAnOperationIsAnInputOrAnOutput() {
        for (var c : OpCases.all()) {
            Set<Tensor> mapped = new HashSet<>();
            Op same =
                    c.op().map(
                                    tensor -> {
                                        mapped.add(tensor);
                                        return tensor;
                                    });
            assertEquals(c.op(), same, c::toString);
            Set<Tensor> told = new HashSet<>(c.op().inputs());
            told.addAll(c.op().outputs());
            assertEquals(told, mapped, c::toString);
        }
    }

    @Test
    void mapReplacesEveryTensor() {
        for (var c : OpCases.all()) {
            Op other = c.op().map(t -> t.of(t.spec().as("new." + t.spec().name(), Role.CACHE)));
            other.inputs()
                    .forEach(t -> assertTrue(t.spec().name().startsWith("new."), c::toString));
            other.outputs().forEach(t -> assertTrue(t.spec().name().startsWith("new.")));
            assertNotEquals(c.op(), other);
        }
    }

    @Test
    void overwritableInputsHaveTheSizeOfTheFirstOutput() {
        for (var c : OpCases.all()) {
            for (Tensor input : c.op().overwritable()) {
                assertTrue(c.op().inputs().contains(input), c::toString);
                assertEquals(c.op().outputs().getFirst().bytes(), input.bytes(), c::toString);
            }
        }
    }

    @Test
    void namesAreThoseThatPeopleKnow() {
        Set<String> names = new HashSet<>();
        OpCases.all().forEach(c -> names.add(c.op().name()));
        assertTrue(names.contains("MatMul"));
        assertTrue(names.contains("LayerNorm.Backward"));
        assertEquals(OpCases.kinds().size(), names.size());
    }

    private static void refused(String sentence, Executable code) {
        assertEquals(sentence, assertThrows(IllegalArgumentException.class, code).getMessage());
    }

    private static Tensor f(String name, int... sizes) {
        return new TensorSpec(name, Shape.of(sizes), DType.F32, Role.INPUT).whole();
    }
}
