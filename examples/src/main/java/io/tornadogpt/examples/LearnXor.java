package io.tornadogpt.examples;

import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.op.Activation;
import io.tornadogpt.core.op.AdamW;
import io.tornadogpt.core.op.AddBias;
import io.tornadogpt.core.op.ClipScale;
import io.tornadogpt.core.op.CrossEntropy;
import io.tornadogpt.core.op.GradientNorm;
import io.tornadogpt.core.op.MatMul;
import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.op.SumLoss;
import io.tornadogpt.core.op.Zero;
import io.tornadogpt.core.program.Autodiff;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Shape;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;

import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

/// What lies below a GPT: a program of five ops that learns "exclusive or", its gradient as another
/// program, and an optimizer step written by hand.
///
/// Read next: [io.tornadogpt.core.model.graph.Transformer], which writes transformers down in the
/// same way.
public final class LearnXor {
    private static final int HIDDEN = 8;

    private static final TensorSpec X = tensor("x", Role.INPUT, 4, 2);
    private static final TensorSpec TARGETS =
            new TensorSpec("targets", Shape.of(4), DType.I32, Role.INPUT);
    private static final TensorSpec W1 = tensor("w1", Role.PARAMETER, HIDDEN, 2);
    private static final TensorSpec B1 = tensor("b1", Role.PARAMETER, HIDDEN);
    private static final TensorSpec W2 = tensor("w2", Role.PARAMETER, 2, HIDDEN);
    private static final TensorSpec LOGITS = tensor("logits", Role.OUTPUT, 4, 2);
    private static final TensorSpec LOSS = tensor("loss", Role.OUTPUT, 1);
    private static final TensorSpec COUNT = tensor("count", Role.OUTPUT, 1);
    private static final TensorSpec SHARE = tensor("share", Role.INPUT, 1);
    private static final TensorSpec SCHEDULE = tensor("schedule", Role.INPUT, 3);
    private static final AdamW.Settings ADAM = new AdamW.Settings(0.9, 0.99, 1e-8, 0);

    private LearnXor() {}

    /// Takes no arguments.
    public static void main(String[] args) {
        Program forward = Program.builder("step").once("network", LearnXor::network).build();
        Program step = Autodiff.gradients(forward, LOSS.whole(), SHARE.whole(), Autodiff::gradient);
        System.out.println("The forward program and what autodiff appends to it:\n");
        step.segments()
                .forEach(s -> s.ops().forEach(op -> System.out.println("  " + describe(op))));
        Program update = Program.builder("update").once("adamw", LearnXor::optimizer).build();

        try (var session = Backends.named("cpu").open(List.of(step, update))) {
            var random = new Random(1);
            for (TensorSpec weight : List.of(W1, B1, W2)) {
                float[] values = new float[(int) weight.elements()];
                for (int i = 0; i < values.length; i++) {
                    values[i] = (float) random.nextGaussian();
                }
                session.write(weight, values);
            }
            session.write(X, 0f, 0, 0, 1, 1, 0, 1, 1);
            session.write(TARGETS, 0, 1, 1, 0);
            session.write(SHARE, 1f / 4); // gradients of the mean, the loss is a sum
            System.out.println();
            for (int t = 1; t <= 200; t++) {
                session.run("step");
                float c1 = (float) (1 - Math.pow(ADAM.beta1(), t));
                float c2 = (float) Math.sqrt(1 - Math.pow(ADAM.beta2(), t));
                session.write(SCHEDULE, 0.05f, c1, c2);
                session.run("update");
                if (t == 1 || t % 50 == 0) {
                    System.out.printf("step %3d  loss %.4f%n", t, session.readFloats(LOSS)[0] / 4);
                }
            }
            float[] logits = session.readFloats(LOGITS);
            System.out.println();
            for (int row = 0; row < 4; row++) {
                int answer = logits[2 * row + 1] > logits[2 * row] ? 1 : 0;
                System.out.printf("  %d xor %d = %d%n", row / 2, row % 2, answer);
            }
        }
    }

    private static void network(Consumer<Op> ops) {
        Tensor product = activation("product", HIDDEN);
        Tensor sum = activation("sum", HIDDEN);
        Tensor hidden = activation("hidden", HIDDEN);
        Tensor lse = tensor("lse", Role.ACTIVATION, 4).whole();
        Tensor losses = tensor("losses", Role.ACTIVATION, 4).whole();
        ops.accept(new MatMul(X.whole(), W1.whole(), product, false, true, false));
        ops.accept(new AddBias(product, B1.whole(), sum));
        ops.accept(new Activation(sum, hidden, Activation.Function.GELU_TANH));
        ops.accept(new MatMul(hidden, W2.whole(), LOGITS.whole(), false, true, false));
        ops.accept(new CrossEntropy(LOGITS.whole(), TARGETS.whole(), lse, losses));
        ops.accept(new SumLoss(losses, TARGETS.whole(), null, LOSS.whole(), COUNT.whole()));
    }

    private static void optimizer(Consumer<Op> ops) {
        Tensor norm = tensor("norm", Role.OUTPUT, 1).whole();
        Tensor scale = tensor("scale", Role.OUTPUT, 1).whole();
        List<TensorSpec> weights = List.of(W1, B1, W2);
        ops.accept(
                new GradientNorm(
                        weights.stream().map(w -> Autodiff.gradient(w).whole()).toList(), norm));
        ops.accept(new ClipScale(norm, scale, 1));
        for (TensorSpec weight : weights) {
            Tensor gradient = Autodiff.gradient(weight).whole();
            Tensor m = weight.as("m." + weight.name(), Role.OPTIMIZER).whole();
            Tensor v = weight.as("v." + weight.name(), Role.OPTIMIZER).whole();
            ops.accept(new AdamW(weight.whole(), gradient, m, v, scale, SCHEDULE.whole(), ADAM));
            ops.accept(new Zero(gradient));
        }
    }

    private static Tensor activation(String name, int width) {
        return tensor(name, Role.ACTIVATION, 4, width).whole();
    }

    private static TensorSpec tensor(String name, Role role, int... sizes) {
        return new TensorSpec(name, Shape.of(sizes), DType.F32, role);
    }

    private static String describe(Op op) {
        return "%-22s %s -> %s".formatted(op.name(), names(op.inputs()), names(op.outputs()));
    }

    private static List<String> names(List<Tensor> tensors) {
        return tensors.stream().map(tensor -> tensor.spec().name()).toList();
    }
}
