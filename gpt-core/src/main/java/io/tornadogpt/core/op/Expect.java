package io.tornadogpt.core.op;

import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Shape;
import io.tornadogpt.core.tensor.Tensor;

/// The checks that constructors of operations share, and their sentences.
final class Expect {
    private Expect() {}

    static void shape(String op, String argument, Tensor tensor, int... expected) {
        if (!tensor.shape().equals(Shape.of(expected))) {
            throw new IllegalArgumentException(
                    "%s: %s is %s; expected shape %s"
                            .formatted(op, argument, tensor, Shape.of(expected)));
        }
        type(op, argument, tensor, DType.F32);
    }

    /// What is kept from run to run may be held in less memory.
    static void cache(String op, String argument, Tensor tensor, int... expected) {
        that(
                tensor.shape().equals(Shape.of(expected)),
                "%s: %s is %s; expected shape %s",
                op,
                argument,
                tensor,
                Shape.of(expected));
        DType type = tensor.dtype();
        that(
                type == DType.F32 || type == DType.BF16 || type == DType.Q8_0,
                "%s: %s is %s of type %s; expected F32, BF16 or Q8_0",
                op,
                argument,
                tensor,
                type);
    }

    /// Rows that consist of whole runs, each as long as a weight.
    static void groups(String op, Tensor x, Tensor weight) {
        type(op, "x", x, DType.F32);
        type(op, "weight", weight, DType.F32);
        if (weight.shape().rank() != 1 || x.columns() % weight.columns() != 0) {
            throw new IllegalArgumentException(
                    "%s: weight is %s but x is %s; expected one dimension that divides x's columns"
                            .formatted(op, weight, x));
        }
    }

    static void sameShape(String op, String argument, Tensor tensor, String model, Tensor like) {
        if (!tensor.shape().equals(like.shape())) {
            throw new IllegalArgumentException(
                    "%s: %s is %s but %s is %s; expected equal shapes"
                            .formatted(op, argument, tensor, model, like));
        }
        type(op, argument, tensor, like.dtype());
    }

    /// As a matrix, leading dimensions flattened.
    static void matrix(String op, String argument, Tensor tensor, int rows, int columns) {
        if (tensor.rows() != rows || tensor.columns() != columns) {
            throw new IllegalArgumentException(
                    "%s: %s is %s, a %d x %d matrix; expected %d x %d"
                            .formatted(
                                    op,
                                    argument,
                                    tensor,
                                    tensor.rows(),
                                    tensor.columns(),
                                    rows,
                                    columns));
        }
        type(op, argument, tensor, DType.F32);
    }

    static void elements(String op, String argument, Tensor tensor, long count, DType type) {
        if (tensor.elements() != count) {
            throw new IllegalArgumentException(
                    "%s: %s is %s with %d elements; expected %d"
                            .formatted(op, argument, tensor, tensor.elements(), count));
        }
        type(op, argument, tensor, type);
    }

    static void type(String op, String argument, Tensor tensor, DType type) {
        if (tensor.dtype() != type) {
            throw new IllegalArgumentException(
                    "%s: %s is %s of type %s; expected %s"
                            .formatted(op, argument, tensor, tensor.dtype(), type));
        }
    }

    /// What is only read may be held in less memory.
    static void weights(String op, String argument, Tensor tensor) {
        if (!tensor.dtype().rounds()) {
            type(op, argument, tensor, DType.F32);
        }
    }

    /// Gradients of biases, weights and tables are sums over rows that only parameters collect.
    static void accumulated(String op, String argument, Tensor tensor, Gradients gradients) {
        if (!gradients.accumulated(tensor)) {
            throw new IllegalArgumentException(
                    "%s: %s is %s, which is not a parameter, so it can have no gradient"
                            .formatted(op, argument, tensor));
        }
    }

    static void probability(String op, double p) {
        if (!(p >= 0 && p < 1)) {
            throw new IllegalArgumentException(
                    "%s: dropout probability is %s; expected 0 <= p < 1".formatted(op, p));
        }
    }

    @SuppressWarnings("AnnotateFormatMethod") // it would be the only use of a dependency
    static void that(boolean condition, String message, Object... arguments) {
        if (!condition) {
            throw new IllegalArgumentException(message.formatted(arguments));
        }
    }
}
