package io.tornadogpt.core.op;

import io.tornadogpt.core.op.Activation.Function;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Tensor;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/// The matrix product `out[M,N] = op(a)[M,K] . op(b)[K,N]`, where `op` transposes or does not.
///
/// Leading dimensions are flattened, so a `[B, T, C]` activation is a `B*T x C` matrix. A linear
/// layer keeps its weight as `[out, in]`, as most files do, and is `x . w^T`; its gradients are `dX
/// = dY . w` and `dW += dY^T . x`.
///
/// @param a left matrix: `[M,K]`, or `[K,M]` if `transposeA`
/// @param b right matrix: `[K,N]`, or `[N,K]` if `transposeB`; F32 or BF16, or Q8_0 or Q4_0 if
///   `transposeB` and not `transposeA`
/// @param out the product, `[M,N]`
/// @param accumulate whether the product is added to `out` rather than assigned
/// @param epilogue what else happens to each element before it is stored; set by passes only
public record MatMul(
        Tensor a,
        Tensor b,
        Tensor out,
        boolean transposeA,
        boolean transposeB,
        boolean accumulate,
        Epilogue epilogue)
        implements Op {

    /// What happens to each element of a product before it is stored, in this order: the bias is
    /// added, the sum is kept in `preActivation`, `activation` is applied, `addend` is added.
    ///
    /// @param bias `[N]`
    /// @param activation which function
    /// @param preActivation `[M,N]`, written; what the gradient of the activation reads
    /// @param addend `[M,N]`, a residual
    public record Epilogue(
            @Nullable Tensor bias,
            @Nullable Function activation,
            @Nullable Tensor preActivation,
            @Nullable Tensor addend) {
        public static final Epilogue NONE = new Epilogue(null, null, null, null);

        public Epilogue withBias(Tensor newBias) {
            return new Epilogue(newBias, activation, preActivation, addend);
        }

        public Epilogue withActivation(Function function, @Nullable Tensor newPreActivation) {
            return new Epilogue(bias, function, newPreActivation, addend);
        }

        public Epilogue withAddend(Tensor newAddend) {
            return new Epilogue(bias, activation, preActivation, newAddend);
        }
    }

    public MatMul {
        int m = transposeA ? a.columns() : a.rows();
        int k = transposeA ? a.rows() : a.columns();
        int n = transposeB ? b.rows() : b.columns();
        int bRows = transposeB ? b.columns() : b.rows();
        Expect.that(
                bRows == k,
                "MatMul: a is %s%s but b is %s%s; expected b to have %d %s",
                a,
                transposeA ? " transposed" : "",
                b,
                transposeB ? " transposed" : "",
                k,
                transposeB ? "columns" : "rows");
        Expect.type("MatMul", "a", a, DType.F32);
        Expect.weights("MatMul", "b", b);
        Expect.that(
                !b.dtype().quantized() || transposeB && !transposeA,
                "MatMul: b is %s of type %s, whose blocks lie along the dimension that is summed"
                        + " over; expected it transposed, and a not",
                b,
                b.dtype());
        Expect.matrix("MatMul", "out", out, m, n);
        Expect.that(
                !accumulate || epilogue.equals(Epilogue.NONE),
                "MatMul: the product into %s is accumulated, so it can have no epilogue",
                out);
        if (epilogue.bias != null) {
            Expect.shape("MatMul", "bias", epilogue.bias, n);
        }
        if (epilogue.preActivation != null) {
            Expect.that(
                    epilogue.activation != null,
                    "MatMul: %s would keep what comes before the activation, but there is none",
                    epilogue.preActivation);
            Expect.matrix("MatMul", "preActivation", epilogue.preActivation, m, n);
        }
        if (epilogue.addend != null) {
            Expect.matrix("MatMul", "addend", epilogue.addend, m, n);
        }
    }

    /// `out = a . b`.
    public MatMul(Tensor a, Tensor b, Tensor out) {
        this(a, b, out, false, false, false, Epilogue.NONE);
    }

    public MatMul(
            Tensor a,
            Tensor b,
            Tensor out,
            boolean transposeA,
            boolean transposeB,
            boolean accumulate) {
        this(a, b, out, transposeA, transposeB, accumulate, Epilogue.NONE);
    }

    /// Rows of the product.
    public int m() {
        return out.rows();
    }

    /// Columns of the product.
    public int n() {
        return out.columns();
    }

    /// The dimension that is summed over.
    public int k() {
        return transposeA ? a.rows() : a.columns();
    }

    public MatMul with(Tensor newOut, Epilogue newEpilogue) {
        return new MatMul(a, b, newOut, transposeA, transposeB, accumulate, newEpilogue);
    }

    @Override
    public List<Tensor> inputs() {
        var inputs = new ArrayList<>(List.of(a, b));
        Stream.of(epilogue.bias, epilogue.addend).filter(Objects::nonNull).forEach(inputs::add);
        if (accumulate) {
            inputs.add(out);
        }
        return inputs;
    }

    @Override
    public List<Tensor> outputs() {
        return epilogue.preActivation == null ? List.of(out) : List.of(out, epilogue.preActivation);
    }

    @Override
    public List<Tensor> overwritable() {
        return epilogue.addend == null ? List.of() : List.of(epilogue.addend);
    }

    @Override
    public MatMul map(UnaryOperator<Tensor> f) {
        var e = epilogue;
        return new MatMul(
                f.apply(a),
                f.apply(b),
                f.apply(out),
                transposeA,
                transposeB,
                accumulate,
                new Epilogue(
                        e.bias == null ? null : f.apply(e.bias),
                        e.activation,
                        e.preActivation == null ? null : f.apply(e.preActivation),
                        e.addend == null ? null : f.apply(e.addend)));
    }

    @Override
    public void appendGradient(Gradients gradients) {
        Expect.that(
                !accumulate && epilogue.equals(Epilogue.NONE),
                "MatMul into %s is fused or accumulates; differentiate before fusing",
                out);
        Tensor dOut = gradients.of(out);
        if (dOut == null) {
            return;
        }
        if (gradients.wanted(a)) {
            boolean add = gradients.accumulated(a);
            Tensor dA = gradients.part(a);
            gradients.append(
                    transposeA
                            ? new MatMul(b, dOut, dA, transposeB, true, add)
                            : new MatMul(dOut, b, dA, false, !transposeB, add));
        }
        if (gradients.wanted(b)) {
            boolean add = gradients.accumulated(b);
            Tensor dB = gradients.part(b);
            gradients.append(
                    transposeB
                            ? new MatMul(dOut, a, dB, true, transposeA, add)
                            : new MatMul(a, dOut, dB, !transposeA, false, add));
        }
    }

    @Override
    public long flops() {
        return 2L * m() * n() * k();
    }

    /// `MatMul MxNxK` and the form that BLAS names: which of the two is transposed.
    @Override
    public String label() {
        return "MatMul %dx%dx%d %s%s%s"
                .formatted(
                        m(),
                        n(),
                        k(),
                        transposeA ? "T" : "N",
                        transposeB ? "T" : "N",
                        b.dtype() == DType.F32 ? "" : " " + b.dtype());
    }
}
