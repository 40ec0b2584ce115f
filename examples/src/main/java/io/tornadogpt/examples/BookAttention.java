package io.tornadogpt.examples;

import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.op.Attention;
import io.tornadogpt.core.op.MatMul;
import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.op.Softmax;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Shape;
import io.tornadogpt.core.tensor.TensorSpec;

import java.util.List;
import java.util.function.Consumer;

/// Chapter 3 of "Build a Large Language Model (From Scratch)" by Sebastian Raschka: attention
/// without weights, by three ops, and with the weights that the book draws, by the one op that
/// models are made of.
///
/// Read next: [Attention], what it computes and how its gradient is made.
public final class BookAttention {
    /// "Your journey starts with one step", an embedding of three numbers for each word.
    private static final float[] WORDS = {
        0.43f, 0.15f, 0.89f, 0.55f, 0.87f, 0.66f, 0.57f, 0.85f, 0.64f,
        0.22f, 0.58f, 0.33f, 0.77f, 0.25f, 0.10f, 0.05f, 0.80f, 0.55f
    };

    /// The book's `torch.rand(3, 2)` for queries, keys and values after `manual_seed(123)`, side by
    /// side.
    private static final float[] WEIGHTS = {
        0.2961f, 0.5166f, 0.1366f, 0.1025f, 0.0756f, 0.1966f,
        0.2517f, 0.6886f, 0.1841f, 0.7264f, 0.3164f, 0.4017f,
        0.0740f, 0.8665f, 0.3153f, 0.6871f, 0.1186f, 0.8274f
    };

    private static final int T = 6;
    private static final TensorSpec X = tensor("x", Role.INPUT, T, 3);
    private static final TensorSpec SCORES = tensor("scores", Role.OUTPUT, T, T);
    private static final TensorSpec ATTENTION = tensor("attention", Role.OUTPUT, T, T);
    private static final TensorSpec CONTEXT = tensor("context", Role.OUTPUT, T, 3);
    private static final TensorSpec W = tensor("w", Role.PARAMETER, 3, 6);
    private static final TensorSpec QKV = tensor("qkv", Role.ACTIVATION, 1, T, 6);
    private static final TensorSpec OUT = tensor("out", Role.OUTPUT, 1, T, 2);
    private static final TensorSpec LSE = tensor("lse", Role.ACTIVATION, 1, 1, T);

    private BookAttention() {}

    /// Takes no arguments.
    public static void main(String[] args) {
        Program simple = Program.builder("simple").once("attention", BookAttention::simple).build();
        Program trained =
                Program.builder("trained").once("attention", BookAttention::trained).build();
        try (var session = Backends.standard().open(List.of(simple, trained))) {
            session.write(X, WORDS);
            session.write(W, WEIGHTS);
            session.run("simple");
            session.run("trained");
            print("scores of 'journey'", session.readFloats(SCORES), T);
            System.out.println(
                    "  book               0.9544  1.4950  1.4754  0.8434  0.7070  1.0865");
            print("attention weights", session.readFloats(ATTENTION), T);
            System.out.println(
                    "  book               0.1385  0.2379  0.2333  0.1240  0.1082  0.1581");
            print("context vector", session.readFloats(CONTEXT), 3);
            System.out.println("  book               0.4419  0.6515  0.5683");
            print("with weights", session.readFloats(OUT), 2);
            System.out.println("  book               0.3061  0.8210");
        }
    }

    /// The row of the second word.
    private static void print(String what, float[] values, int columns) {
        System.out.printf("%-21s", what);
        for (int i = columns; i < 2 * columns; i++) {
            System.out.printf("%.4f  ", values[i]);
        }
        System.out.println();
    }

    private static void simple(Consumer<Op> ops) {
        ops.accept(new MatMul(X.whole(), X.whole(), SCORES.whole(), false, true, false));
        ops.accept(new Softmax(SCORES.whole(), ATTENTION.whole()));
        ops.accept(new MatMul(ATTENTION.whole(), X.whole(), CONTEXT.whole(), false, false, false));
    }

    private static void trained(Consumer<Op> ops) {
        var heads = new Attention.Heads(1, 2, 1 / Math.sqrt(2));
        ops.accept(new MatMul(X.whole(), W.whole(), QKV.whole(), false, false, false));
        ops.accept(
                new Attention(
                        heads.queries(QKV.whole()),
                        heads.keys(QKV.whole()),
                        heads.values(QKV.whole()),
                        OUT.whole(),
                        LSE.whole(),
                        heads,
                        Attention.View.FULL,
                        null));
    }

    private static TensorSpec tensor(String name, Role role, int... sizes) {
        return new TensorSpec(name, Shape.of(sizes), DType.F32, role);
    }
}
