package io.tornadogpt.core.testing;

import io.tornadogpt.core.op.AdamW;
import io.tornadogpt.core.op.ClipScale;
import io.tornadogpt.core.op.GradientNorm;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Shape;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Gradient norm, clipping and AdamW, gradients that are not finite included.
final class OptimizerCases {
    private static final int[] SIZES = {
        1, 2, 3, 7, 8, 15, 16, 17, 31, 33, 63, 64, 65, 100, 127, 129, 1000, 65537
    };

    private static final AdamW.Settings SETTINGS = new AdamW.Settings(0.9, 0.95, 1e-8, 0.1);

    private final List<OpCase> cases = new ArrayList<>();

    static List<OpCase> all() {
        var list = new OptimizerCases();
        for (int size : SIZES) {
            list.adamW("n=" + size, size, SETTINGS, 0.75, Values.normal());
            list.norm("n=" + size, Values.normal(), size);
        }
        list.adamW("n=33 no decay", 33, SETTINGS.withoutDecay(), 1, Values.normal());
        list.adamW("n=33 scale 0", 33, SETTINGS, 0, Values.normal());
        list.adamW("n=33 scale 0, gradient NaN", 33, SETTINGS, 0, Values.of(Double.NaN));
        list.adamW("n=33 gradient 0", 33, SETTINGS, 1, Values.of(0));
        list.norm("of many", Values.normal(), 33, 1, 1000, 64, 7, 129);
        list.norm("of zeros", Values.of(0), 100);
        list.norm("of small", new Values.Normal(0, 1e-6), 1000, 17);
        list.norm("with NaN", Values.of(1, 2, Double.NaN, 4, 5), 17, 33);
        list.norm("with infinity", Values.of(1, 2, 3, Double.NEGATIVE_INFINITY, 5), 65);
        list.wholeStacks();
        for (double norm : new double[] {0, 0.3, 1, 1.5, 1e4}) {
            list.clip(norm, 1);
            list.clip(norm, 0);
        }
        for (double norm : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
            list.clip(norm, 1);
            list.clip(norm, 0);
        }
        return list.cases;
    }

    private void adamW(
            String variant, int size, AdamW.Settings settings, double scale, Values gradient) {
        var operands = new Operands();
        var op =
                new AdamW(
                        operands.parameter("parameter", size),
                        operands.state("gradient", Role.GRADIENT, gradient, size),
                        operands.state("m", Role.OPTIMIZER, new Values.Normal(0, 0.1), size),
                        operands.state("v", Role.OPTIMIZER, new Values.Uniform(0, 0.1), size),
                        operands.input("scale", Values.of(scale), 1),
                        operands.input("schedule", schedule(10), 3),
                        settings);
        cases.add(operands.of(variant, op));
    }

    private static Values schedule(int step) {
        return Values.of(
                3e-4,
                1 - Math.pow(SETTINGS.beta1(), step),
                Math.sqrt(1 - Math.pow(SETTINGS.beta2(), step)));
    }

    private void norm(String variant, Values values, int... sizes) {
        var operands = new Operands();
        var gradients = new ArrayList<Tensor>();
        for (int size : sizes) {
            gradients.add(operands.state("g" + gradients.size(), Role.GRADIENT, values, size));
        }
        cases.add(operands.of(variant, new GradientNorm(gradients, operands.output("norm", 1))));
    }

    private void clip(double norm, double maxNorm) {
        var operands = new Operands();
        var op =
                new ClipScale(
                        operands.input("norm", Values.of(norm), 1),
                        operands.output("scale", 1),
                        maxNorm);
        cases.add(operands.of("norm=%s max=%s".formatted(norm, maxNorm), op));
    }

    /// Whole stacks, as the model's update program names them.
    private void wholeStacks() {
        Tensor parameter = stack("parameter", Role.PARAMETER);
        Tensor gradient = stack("gradient", Role.GRADIENT);
        var values =
                Map.of(
                        "parameter",
                        Values.normal(),
                        "gradient",
                        Values.normal(),
                        "m",
                        new Values.Normal(0, 0.1),
                        "v",
                        new Values.Uniform(0, 0.1),
                        "scale",
                        Values.of(0.5),
                        "schedule",
                        schedule(3));
        var step =
                new AdamW(
                        parameter,
                        gradient,
                        stack("m", Role.OPTIMIZER),
                        stack("v", Role.OPTIMIZER),
                        single("scale", 1, Role.INPUT),
                        single("schedule", 3, Role.INPUT),
                        SETTINGS);
        cases.add(new OpCase("AdamW whole stacks", step, null, values, 1));
        var norm = new GradientNorm(List.of(gradient), single("norm", 1, Role.OUTPUT));
        cases.add(new OpCase("GradientNorm whole stack", norm, null, values, 1));
    }

    private static Tensor stack(String name, Role role) {
        return new TensorSpec(name, Shape.of(5, 13), DType.F32, role, 3).whole();
    }

    private static Tensor single(String name, int size, Role role) {
        return new TensorSpec(name, Shape.of(size), DType.F32, role).whole();
    }
}
