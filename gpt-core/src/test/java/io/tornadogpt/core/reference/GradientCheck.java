package io.tornadogpt.core.reference;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.op.MatMul;
import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.program.Autodiff;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Shape;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;

/// Compares the gradients that [Autodiff] writes down with central differences, all in double
/// precision: `(8 (f(x+h) - f(x-h)) - (f(x+2h) - f(x-2h))) / 12h`, whose error is of order h^4.
public final class GradientCheck {
    private static final double STEP = 3e-5;
    private static final double BOUND = 1e-6;

    /// What gradients start from, since they are to be added to.
    private static final double OFFSET = 1;

    private final String name;
    private final Tensor loss;
    private final ReferenceSession session;

    private GradientCheck(String name, Tensor loss, ReferenceSession session) {
        this.name = name;
        this.loss = loss;
        this.session = session;
    }

    /// Checks the gradient of every trainable parameter that the program names.
    ///
    /// @param forward writes `loss`, which is an output of one element
    /// @param values what resident tensors hold, slice by slice
    public static void check(
            Program forward,
            Tensor loss,
            Map<TensorSpec, List<MemorySegment>> values,
            Predicate<TensorSpec> trainable) {
        var dLoss = new TensorSpec("dLoss", loss.shape(), DType.F32, Role.INPUT);
        Program both =
                Autodiff.gradients(
                        new Program("both", forward.segments()),
                        loss,
                        dLoss.whole(),
                        gradients(trainable));
        var alone = new Program("forward", forward.segments());
        try (var session = new ReferenceBackend().open(List.of(alone, both))) {
            values.forEach(
                    (spec, slices) -> {
                        for (int i = 0; i < slices.size(); i++) {
                            session.write(spec, i, slices.get(i));
                        }
                    });
            session.write(dLoss, 1f);
            List<TensorSpec> parameters =
                    alone.specs().stream()
                            .filter(spec -> spec.role() == Role.PARAMETER && trainable.test(spec))
                            .toList();
            parameters.forEach(parameter -> startGradientAt(OFFSET, parameter, session));
            session.run("both");
            var check = new GradientCheck(forward.name(), loss, session);
            parameters.forEach(check::check);
        }
    }

    /// The gradients of all parameters that are trained.
    static Function<TensorSpec, @Nullable TensorSpec> gradients(Predicate<TensorSpec> trainable) {
        return spec -> trainable.test(spec) ? Autodiff.gradient(spec) : null;
    }

    private static void startGradientAt(
            double value, TensorSpec parameter, ReferenceSession session) {
        double[] start = new double[Math.toIntExact(parameter.shape().elements())];
        Arrays.fill(start, value);
        for (int slice = 0; slice < parameter.slices(); slice++) {
            session.writeDoubles(Autodiff.gradient(parameter), slice, start);
        }
    }

    private void check(TensorSpec parameter) {
        TensorSpec gradient = Autodiff.gradient(parameter);
        for (int slice = 0; slice < parameter.slices(); slice++) {
            double[] actual = session.readDoubles(gradient, slice);
            double[] expected = differences(parameter, slice);
            double largest = 0;
            double worst = 0;
            int worstAt = 0;
            for (int i = 0; i < expected.length; i++) {
                largest = Math.max(largest, Math.abs(expected[i]));
                // The form of the condition makes NaN the worst.
                double difference = Math.abs(actual[i] - OFFSET - expected[i]);
                if (!(difference <= worst)) {
                    worst = difference;
                    worstAt = i;
                }
            }
            assertTrue(
                    worst <= BOUND * Math.max(largest, 1e-3),
                    "%s: d.%s@%d[%d] is %s but differences say %s"
                            .formatted(
                                    name,
                                    parameter.name(),
                                    slice,
                                    worstAt,
                                    actual[worstAt] - OFFSET,
                                    expected[worstAt]));
        }
    }

    private double[] differences(TensorSpec parameter, int slice) {
        double[] x = session.readDoubles(parameter, slice);
        double[] gradient = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            double near =
                    lossAt(parameter, slice, x, i, STEP) - lossAt(parameter, slice, x, i, -STEP);
            double far =
                    lossAt(parameter, slice, x, i, 2 * STEP)
                            - lossAt(parameter, slice, x, i, -2 * STEP);
            gradient[i] = (8 * near - far) / (12 * STEP);
        }
        session.writeDoubles(parameter, slice, x);
        return gradient;
    }

    private double lossAt(TensorSpec parameter, int slice, double[] x, int i, double change) {
        double[] changed = x.clone();
        changed[i] += change;
        session.writeDoubles(parameter, slice, changed);
        session.run("forward");
        return session.readDoubles(loss.spec(), 0)[0];
    }

    /// The operations that make one number of a matrix, `left^T . x . right`, so that every element
    /// counts differently.
    ///
    /// @param left `[rows, 1]`
    /// @param right `[columns, 1]`
    /// @param loss `[1, 1]`
    public record WeightedSum(Tensor x, TensorSpec left, TensorSpec right, TensorSpec loss) {
        public WeightedSum(Tensor x) {
            this(
                    x,
                    new TensorSpec("sum.left", Shape.of(x.rows(), 1), DType.F32, Role.INPUT),
                    new TensorSpec("sum.right", Shape.of(x.columns(), 1), DType.F32, Role.INPUT),
                    new TensorSpec("sum.loss", Shape.of(1, 1), DType.F32, Role.OUTPUT));
        }

        public void append(Consumer<Op> ops) {
            Tensor rows =
                    new TensorSpec("sum.rows", Shape.of(x.rows(), 1), DType.F32, Role.ACTIVATION)
                            .whole();
            ops.accept(new MatMul(x, right.whole(), rows));
            ops.accept(new MatMul(rows, left.whole(), loss.whole(), true, false, false));
        }
    }
}
