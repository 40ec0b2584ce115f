package io.tornadogpt.core.testing;

import io.tornadogpt.core.op.Activation;
import io.tornadogpt.core.op.MatMul;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Tensor;

import java.util.ArrayList;
import java.util.List;

/// Matrix products: all transpositions, accumulated or not, all epilogues.
final class ProductCases {
    /// M, N, K.
    private static final int[][] SIZES = {
        {1, 1, 1},
        {1, 7, 3},
        {2, 3, 1},
        {7, 8, 15},
        {16, 16, 16},
        {17, 33, 31},
        {15, 63, 64},
        {64, 65, 63},
        {65, 64, 100},
        {33, 100, 127},
        {129, 127, 129},
        {1, 384, 128},
        {127, 1, 65},
    };

    /// Sizes with epilogues: one element, less than a vector, off every tile, several tiles.
    private static final int[][] FUSED_SIZES = {{1, 1, 1}, {3, 7, 5}, {17, 33, 31}, {65, 130, 67}};

    private final List<OpCase> cases = new ArrayList<>();

    static List<OpCase> all() {
        var list = new ProductCases();
        for (int[] size : SIZES) {
            for (int bits = 0; bits < 8; bits++) {
                list.product(size, (bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0);
            }
        }
        for (int[] size : FUSED_SIZES) {
            list.epilogues(size, false, false);
        }
        list.epilogues(new int[] {18, 35, 33}, false, true);
        list.epilogues(new int[] {18, 35, 33}, true, false);
        list.epilogues(new int[] {1, 35, 33}, false, true);
        list.realistic();
        list.large();
        list.flattened();
        list.halves();
        list.quantized();
        return list.cases;
    }

    /// The products of a small GPT: forward, gradient of the input, gradient of the weight, tied
    /// head.
    private void realistic() {
        product(new int[] {256, 1152, 384}, false, true, false);
        product(new int[] {256, 384, 1536}, false, false, false);
        product(new int[] {1536, 384, 256}, true, false, true);
        product(new int[] {8, 50257, 64}, false, true, false);
        product(new int[] {8, 64, 50257}, false, false, false);
        product(new int[] {50257, 64, 8}, true, false, true);
        product(new int[] {1, 3072, 768}, false, true, false);
        product(new int[] {4, 768, 3072}, false, true, false);
    }

    /// Many rows and many columns, for which a device may have larger tiles: none of the sizes is a
    /// multiple of them, and the first depth is less than one of their steps.
    private void large() {
        product(new int[] {1290, 1500, 5}, false, false, false);
        product(new int[] {1290, 1500, 16}, false, true, false);
        product(new int[] {1500, 1290, 19}, true, false, true);
        product(new int[] {1290, 1500, 8}, true, true, false);
        fused(new int[] {1290, 1500, 13}, false, true, true, true, " f=GELU_TANH pre");
    }

    /// A batch of sequences, `[B, T, C]`, is a matrix of B*T rows.
    private void flattened() {
        var operands = new Operands();
        Tensor a = operands.input("a", 3, 5, 33);
        Tensor b = operands.parameter("b", 33, 17);
        Tensor out = operands.output("out", 3, 5, 17);
        cases.add(operands.of("b=3 t=5 k=33 n=17", new MatMul(a, b, out)));
    }

    /// Weights held as BF16: a few rows and many, off every tile, with an epilogue.
    private void halves() {
        int[][] sizes = {{1, 1, 1}, {1, 130, 67}, {3, 65, 129}, {17, 33, 31}, {129, 127, 400}};
        for (int[] size : sizes) {
            for (boolean transposeB : new boolean[] {false, true}) {
                var operands = new Operands();
                Tensor a = operands.input("a", size[0], size[2]);
                Tensor b =
                        transposeB
                                ? operands.weights("b", DType.BF16, size[1], size[2])
                                : operands.weights("b", DType.BF16, size[2], size[1]);
                Tensor out = operands.output("out", size[0], size[1]);
                var bias = MatMul.Epilogue.NONE.withBias(operands.parameter("bias", size[1]));
                String variant = name(size, false, transposeB) + " b=BF16";
                var op = new MatMul(a, b, out, false, transposeB, false);
                cases.add(operands.of(variant, op));
                cases.add(operands.of(variant + " bias", op.with(out, bias)));
            }
        }
    }

    /// Weights held in blocks, whose rows are whole blocks: one row and a few, many, off every
    /// tile, with an epilogue; a depth of several passes.
    private void quantized() {
        int[][] sizes = {
            {1, 3, 32},
            {1, 130, 64},
            {1, 3072, 768},
            {2, 7, 96},
            {3, 65, 160},
            {5, 33, 32},
            {17, 35, 288},
            {129, 127, 416},
            {8, 40, 4128},
            {600, 50, 64},
        };
        for (int[] size : sizes) {
            for (DType type : List.of(DType.Q8_0, DType.Q4_0)) {
                var operands = new Operands();
                Tensor a = operands.input("a", size[0], size[2]);
                Tensor b = operands.weights("b", type, size[1], size[2]);
                Tensor out = operands.output("out", size[0], size[1]);
                var bias = MatMul.Epilogue.NONE.withBias(operands.parameter("bias", size[1]));
                String variant = name(size, false, true) + " b=" + type;
                var op = new MatMul(a, b, out, false, true, false);
                cases.add(operands.of(variant, op));
                cases.add(operands.of(variant + " bias", op.with(out, bias)));
            }
        }
    }

    private void product(int[] size, boolean transposeA, boolean transposeB, boolean accumulate) {
        var operands = new Operands();
        Tensor a = left(operands, size, transposeA);
        Tensor b = right(operands, size, transposeB);
        Tensor out =
                accumulate
                        ? operands.accumulated("out", size[0], size[1])
                        : operands.output("out", size[0], size[1]);
        String variant = name(size, transposeA, transposeB) + (accumulate ? " accumulate" : "");
        cases.add(operands.of(variant, new MatMul(a, b, out, transposeA, transposeB, accumulate)));
    }

    private void epilogues(int[] size, boolean transposeA, boolean transposeB) {
        for (boolean bias : new boolean[] {false, true}) {
            for (boolean addend : new boolean[] {false, true}) {
                fused(size, transposeA, transposeB, bias, addend, "");
                for (Activation.Function f : Activation.Function.values()) {
                    fused(size, transposeA, transposeB, bias, addend, " f=" + f);
                    fused(size, transposeA, transposeB, bias, addend, " f=" + f + " pre");
                }
            }
        }
    }

    private void fused(
            int[] size,
            boolean transposeA,
            boolean transposeB,
            boolean bias,
            boolean addend,
            String activation) {
        if (!bias && !addend && activation.isEmpty()) {
            return; // that is no epilogue
        }
        var operands = new Operands();
        var epilogue = MatMul.Epilogue.NONE;
        if (bias) {
            epilogue = epilogue.withBias(operands.parameter("bias", size[1]));
        }
        if (!activation.isEmpty()) {
            boolean kept = activation.endsWith("pre");
            String function = activation.strip().split(" ", -1)[0].substring(2);
            epilogue =
                    epilogue.withActivation(
                            Activation.Function.valueOf(function),
                            kept ? operands.output("preActivation", size[0], size[1]) : null);
        }
        if (addend) {
            epilogue = epilogue.withAddend(operands.input("addend", size[0], size[1]));
        }
        Tensor a = left(operands, size, transposeA);
        Tensor b = right(operands, size, transposeB);
        Tensor out = operands.output("out", size[0], size[1]);
        String variant =
                name(size, transposeA, transposeB)
                        + (bias ? " bias" : "")
                        + activation
                        + (addend ? " addend" : "");
        cases.add(
                operands.of(
                        variant, new MatMul(a, b, out, transposeA, transposeB, false, epilogue)));
    }

    private static Tensor left(Operands operands, int[] size, boolean transpose) {
        return transpose
                ? operands.input("a", size[2], size[0])
                : operands.input("a", size[0], size[2]);
    }

    private static Tensor right(Operands operands, int[] size, boolean transpose) {
        return transpose
                ? operands.parameter("b", size[1], size[2])
                : operands.parameter("b", size[2], size[1]);
    }

    private static String name(int[] size, boolean transposeA, boolean transposeB) {
        return "m=%d n=%d k=%d%s%s"
                .formatted(
                        size[0],
                        size[1],
                        size[2],
                        transposeA ? " transposeA" : "",
                        transposeB ? " transposeB" : "");
    }
}
