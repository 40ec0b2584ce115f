package io.tornadogpt.core.program;

import io.tornadogpt.core.op.Activation;
import io.tornadogpt.core.op.Add;
import io.tornadogpt.core.op.AddBias;
import io.tornadogpt.core.op.LayerNorm;
import io.tornadogpt.core.op.MatMul;
import io.tornadogpt.core.op.MatMul.Epilogue;
import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.op.RmsNorm;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Tensor;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// A pass that makes one operation of two: of an operation and the next one that reads its result.
/// The fused operation stands where the reader stood. Run it after automatic differentiation, which
/// knows no fused operations.
///
/// @param rules tried in order, until none applies anywhere
public record Fusion(List<Rule> rules) implements Pass {
    /// Says what two operations become.
    @FunctionalInterface
    public interface Rule {
        /// The operation that does the work of both, or null if this rule has none.
        ///
        /// @param producer writes `result` as its first output
        /// @param result what `reader` reads of it
        /// @param reader the first that reads it
        /// @param needed whether others read `result` too, so that it must still be written
        @Nullable Op fuse(Op producer, Tensor result, Op reader, boolean needed);
    }

    /// A bias added to a product becomes part of the product.
    public static @Nullable Op bias(Op producer, Tensor result, Op reader, boolean needed) {
        return producer instanceof MatMul product
                        && reader instanceof AddBias sum
                        && sum.x().equals(result)
                        && plain(product)
                        && !needed
                ? product.with(sum.out(), product.epilogue().withBias(sum.bias()))
                : null;
    }

    /// The activation of a product, its bias included, becomes part of the product.
    public static @Nullable Op activation(Op producer, Tensor result, Op reader, boolean needed) {
        return producer instanceof MatMul product
                        && reader instanceof Activation function
                        && linear(product)
                ? product.with(
                        function.out(),
                        product.epilogue()
                                .withActivation(function.function(), needed ? result : null))
                : null;
    }

    /// A residual added to a product becomes part of the product.
    public static @Nullable Op residual(Op producer, Tensor result, Op reader, boolean needed) {
        return producer instanceof MatMul product
                        && reader instanceof Add sum
                        && linear(product)
                        && !needed
                        && !sum.a().equals(sum.b())
                ? product.with(sum.out(), product.epilogue().withAddend(other(sum, result)))
                : null;
    }

    /// The sum of a norm's gradient and the one that went past it becomes part of the former.
    public static @Nullable Op normGradient(Op producer, Tensor result, Op reader, boolean needed) {
        if (needed || !(reader instanceof Add sum) || sum.a().equals(sum.b())) {
            return null;
        }
        return switch (producer) {
            case LayerNorm.Backward norm when norm.addend() == null ->
                    norm.withAddend(other(sum, result), sum.out());
            case RmsNorm.Backward norm when norm.addend() == null ->
                    norm.withAddend(other(sum, result), sum.out());
            default -> null;
        };
    }

    /// All rules of this class, in an order in which they build on each other.
    public static Fusion all() {
        return new Fusion(
                List.of(Fusion::bias, Fusion::activation, Fusion::residual, Fusion::normGradient));
    }

    private static boolean plain(MatMul product) {
        return !product.accumulate() && product.epilogue().equals(Epilogue.NONE);
    }

    private static boolean linear(MatMul product) {
        Epilogue epilogue = product.epilogue();
        return !product.accumulate() && epilogue.activation() == null && epilogue.addend() == null;
    }

    private static Tensor other(Add sum, Tensor term) {
        return sum.a().equals(term) ? sum.b() : sum.a();
    }

    @Override
    public Program apply(Program program) {
        Program result = program;
        for (Program next = step(result); next != null; next = step(result)) {
            result = next;
        }
        return result;
    }

    /// The program after one fusion, or null where none applies.
    private @Nullable Program step(Program program) {
        for (int s = 0; s < program.segments().size(); s++) {
            List<Op> ops = program.segments().get(s).ops();
            for (int i = 0; i < ops.size(); i++) {
                List<Op> fused = fuseAt(program, ops, i);
                if (fused != null) {
                    var segments = new ArrayList<>(program.segments());
                    segments.set(s, segments.get(s).withOps(fused));
                    return new Program(program.name(), segments);
                }
            }
        }
        return null;
    }

    private @Nullable List<Op> fuseAt(Program program, List<Op> ops, int producer) {
        Op first = ops.get(producer);
        Tensor result = first.outputs().getFirst();
        int reader = nextReader(ops, producer, result);
        if (result.spec().role() != Role.ACTIVATION || reader < 0) {
            return null;
        }
        Op second = ops.get(reader);
        if (changesInputs(ops.subList(producer + 1, reader), first)) {
            return null;
        }
        boolean needed = readers(program, result) > 1;
        return rules.stream()
                .map(rule -> rule.fuse(first, result, second, needed))
                .filter(Objects::nonNull)
                .findFirst()
                .map(
                        op -> {
                            var fused = new ArrayList<>(ops);
                            fused.set(reader, op);
                            fused.remove(producer);
                            return (List<Op>) fused;
                        })
                .orElse(null);
    }

    private static int nextReader(List<Op> ops, int producer, Tensor result) {
        for (int i = producer + 1; i < ops.size(); i++) {
            if (ops.get(i).inputs().contains(result)) {
                return i;
            }
        }
        return -1;
    }

    /// How many operations of the program read any slice of a tensor.
    private static long readers(Program program, Tensor tensor) {
        return program.segments().stream()
                .flatMap(segment -> segment.ops().stream())
                .filter(op -> op.inputs().stream().anyMatch(t -> t.spec().equals(tensor.spec())))
                .count();
    }

    /// Whether an operation writes what `op` reads, so that `op` may not move behind it.
    private static boolean changesInputs(List<Op> between, Op op) {
        return between.stream()
                .flatMap(other -> other.outputs().stream())
                .anyMatch(t -> op.inputs().stream().anyMatch(i -> i.spec().equals(t.spec())));
    }
}
