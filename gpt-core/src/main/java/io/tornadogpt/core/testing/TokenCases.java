package io.tornadogpt.core.testing;

import io.tornadogpt.core.op.ArgMax;
import io.tornadogpt.core.op.CrossEntropy;
import io.tornadogpt.core.op.Embedding;
import io.tornadogpt.core.op.MeanPool;
import io.tornadogpt.core.op.PolicyLoss;
import io.tornadogpt.core.op.PreferenceLoss;
import io.tornadogpt.core.op.RowSum;
import io.tornadogpt.core.op.Sample;
import io.tornadogpt.core.op.SumLoss;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Tensor;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/// What reads token ids: embedding, cross-entropy and what is made of losses; and what chooses
/// tokens.
final class TokenCases {
    private static final double[] BROKEN = {
        Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY
    };

    /// Ids, rows of the table, columns.
    private static final int[][] TABLES = {
        {1, 1, 1},
        {2, 3, 7},
        {7, 2, 8},
        {15, 65, 3},
        {17, 5, 16},
        {33, 31, 17},
        {64, 100, 33},
        {65, 64, 63},
        {100, 7, 129},
        {127, 300, 65},
        {256, 1000, 64},
        {64, 50257, 16}
    };

    /// Rows and vocabulary.
    private static final int[][] LOGITS = {
        {1, 1},
        {1, 2},
        {3, 7},
        {7, 8},
        {2, 15},
        {16, 16},
        {5, 17},
        {3, 31},
        {33, 33},
        {9, 65},
        {64, 100},
        {17, 127},
        {5, 129},
        {3, 1000},
        {129, 65},
        {4, 50257}
    };

    private static final int[] COUNTS = {1, 2, 7, 8, 17, 33, 64, 65, 127, 1000, 4097};

    /// B, T, C.
    private static final int[][] POOLED = {
        {1, 1, 1},
        {2, 3, 7},
        {3, 8, 16},
        {2, 15, 31},
        {5, 17, 33},
        {3, 33, 8},
        {2, 65, 64},
        {4, 128, 129}
    };

    private final List<OpCase> cases = new ArrayList<>();

    static List<OpCase> all() {
        var list = new TokenCases();
        for (int[] size : TABLES) {
            list.embedding(size, new Values.Integers(0, size[1]), "");
        }
        list.rounded(DType.BF16, new int[] {1, 1, 1});
        list.rounded(DType.BF16, new int[] {33, 31, 17});
        list.rounded(DType.BF16, new int[] {65, 64, 63});
        for (DType type : List.of(DType.Q8_0, DType.Q4_0)) {
            list.rounded(type, new int[] {1, 1, 32});
            list.rounded(type, new int[] {33, 31, 96});
            list.rounded(type, new int[] {65, 64, 160});
        }
        list.embedding(new int[] {17, 9, 33}, 0, true, new Values.Integers(-1, 9), " some none");
        list.embedding(new int[] {129, 9, 33}, Values.of(4), " one row");
        list.embedding(new int[] {8, 9, 33}, Values.of(0, 8), " first and last row");
        list.embedding(new int[] {15, 11, 16}, 2, true, new Values.Integers(-1, 9), " offset");
        list.embedding(new int[] {8, 12, 7}, 3, false, new Values.Integers(0, 9), " offset");
        for (int[] size : LOGITS) {
            list.crossEntropy(size[0], size[1], 0, 1, "");
        }
        list.crossEntropy(33, 65, -30, 1, " some ignored");
        list.crossEntropy(5, 33, -1, 1, " few ignored");
        list.crossEntropy(17, 129, 0, 60, " wide");
        for (int count : COUNTS) {
            list.sumLoss(count, new Values.Integers(-1, 3), false, "some ignored");
            list.sumLoss(count, new Values.Integers(-1, 3), true, "some ignored");
            list.answers(count);
        }
        list.sumLoss(33, new Values.Integers(0, 3), false, "none ignored");
        list.sumLoss(17, Values.of(-1), false, "all ignored");
        list.sumLoss(65, null, true, "no targets");
        list.sumLoss(65, null, false, "no targets");
        list.pooling();
        for (int[] size : LOGITS) {
            int k = Math.max(1, size[1] / 3);
            list.argMax(size[0], size[1], Values.normal(), "");
            list.sample(size[0], size[1], Values.normal(), 0.8, 0, "");
            list.sample(size[0], size[1], Values.normal(), 1.3, k, "");
        }
        list.argMax(9, 129, Values.of(-3, 1, 0, 1), " with ties");
        list.argMax(3, 65, Values.of(-2e4), " all equal");
        for (double broken : BROKEN) {
            list.argMax(5, 65, Values.of(0.5, -1, broken, 2, 1, 0, 0.25), " with " + broken);
            list.sample(5, 65, Values.of(0.5, -1, broken, 2), 1, 0, " with " + broken);
            list.sample(5, 65, Values.of(0.5, -1, broken, 2), 1, 7, " with " + broken);
            list.argMax(2, 7, Values.of(broken), " all " + broken);
            list.sample(2, 7, Values.of(broken), 1, 3, " all " + broken);
        }
        list.sample(5, 129, Values.of(-3, 1, 0, 1), 1, 40, " with ties");
        list.sample(3, 33, Values.of(7), 1, 4, " all equal");
        list.sample(5, 100, new Values.Normal(0, 1e4), 1, 5, " wide");
        list.sample(5, 100, new Values.Normal(40, 1e-4), 1, 5, " narrow");
        list.sample(3, 65, Values.of(-1e30, 1, -1e30, -1e30, 2), 1, 50, " masked");
        list.sample(5, 65, Values.normal(), 0, 0, " greedy");
        list.sample(5, 65, Values.normal(), 1, 1, " of one");
        list.sample(5, 65, Values.normal(), 1, 65, " of all");
        list.sample(5, 65, Values.normal(), 1, 1000, " of more than there are");
        list.sample(5, 65, Values.normal(), 1e-6, 0, " cold");
        list.sample(5, 65, Values.normal(), 1e6, 0, " hot");
        return list.cases;
    }

    private void argMax(int rows, int vocabulary, Values logits, String kind) {
        var operands = new Operands();
        cases.add(
                operands.of(
                        "rows=%d vocabulary=%d%s".formatted(rows, vocabulary, kind),
                        new ArgMax(
                                operands.input("logits", logits, rows, vocabulary),
                                operands.integerOutput("ids", rows))));
    }

    private void sample(
            int rows, int vocabulary, Values logits, double temperature, int k, String kind) {
        var operands = new Operands();
        cases.add(
                operands.of(
                        "rows=%d vocabulary=%d temperature=%s k=%d%s"
                                .formatted(rows, vocabulary, temperature, k, kind),
                        new Sample(
                                operands.input("logits", logits, rows, vocabulary),
                                operands.keys(rows),
                                operands.input(
                                        "settings", Values.of(temperature, k, 1, 2), rows, 2),
                                operands.integerOutput("ids", rows),
                                3)));
    }

    /// A table held as another type than F32.
    private void rounded(DType type, int[] size) {
        var operands = new Operands();
        cases.add(
                operands.of(
                        "ids=%d rows=%d columns=%d table=%s"
                                .formatted(size[0], size[1], size[2], type),
                        new Embedding(
                                operands.integers("ids", new Values.Integers(0, size[1]), size[0]),
                                operands.weights("table", type, size[1], size[2]),
                                operands.output("out", size[0], size[2]))));
    }

    private void embedding(int[] size, Values ids, String kind) {
        embedding(size, 0, false, ids, kind);
    }

    private void embedding(int[] size, int offset, boolean optional, Values ids, String kind) {
        String sizes = "ids=%d rows=%d columns=%d%s".formatted(size[0], size[1], size[2], kind);
        var forward = new Operands();
        cases.add(
                forward.of(
                        sizes,
                        new Embedding(
                                forward.integers("ids", ids, size[0]),
                                forward.parameter("table", size[1], size[2]),
                                forward.output("out", size[0], size[2]),
                                offset,
                                optional)));
        for (boolean accumulate : new boolean[] {true, false}) {
            var backward = new Operands();
            Tensor dTable =
                    accumulate
                            ? backward.accumulated("dTable", size[1], size[2])
                            : backward.output("dTable", size[1], size[2]);
            cases.add(
                    backward.of(
                            sizes + (accumulate ? "" : " assigned"),
                            new Embedding.Backward(
                                    backward.integers("ids", ids, size[0]),
                                    backward.input("dOut", size[0], size[2]),
                                    dTable,
                                    offset,
                                    optional,
                                    accumulate)));
        }
    }

    /// @param lowest target; negative ones are ignored
    private void crossEntropy(int rows, int vocabulary, int lowest, double deviation, String kind) {
        String sizes = "rows=%d vocabulary=%d%s".formatted(rows, vocabulary, kind);
        var operands = new Operands();
        var forward =
                new CrossEntropy(
                        operands.input("logits", new Values.Normal(0, deviation), rows, vocabulary),
                        operands.integers("targets", new Values.Integers(lowest, vocabulary), rows),
                        operands.output("lse", rows),
                        operands.output("losses", rows));
        cases.add(operands.of(sizes, forward));
        var backward =
                new CrossEntropy.Backward(
                        forward.logits(),
                        forward.targets(),
                        forward.lse(),
                        operands.input("dLosses", rows),
                        operands.output("dLogits", rows, vocabulary));
        cases.add(operands.of(sizes, backward, forward));
    }

    private void sumLoss(int count, @Nullable Values targets, boolean weighted, String kind) {
        String variant = "n=%d %s%s".formatted(count, kind, weighted ? " weighted" : "");
        var operands = new Operands();
        var forward =
                new SumLoss(
                        operands.input("losses", new Values.Uniform(0, 10), count),
                        targets == null ? null : operands.integers("targets", targets, count),
                        weighted
                                ? operands.input("weights", new Values.Uniform(0, 2), count)
                                : null,
                        operands.output("loss", 1),
                        operands.output("count", 1));
        cases.add(operands.of(variant, forward));
        var backward =
                new SumLoss.Backward(
                        forward.targets(),
                        forward.weights(),
                        operands.input("dLoss", 1),
                        operands.output("dLosses", count));
        cases.add(operands.of(variant, backward, forward));
    }

    private void answers(int pairs) {
        for (PreferenceLoss.Form form : PreferenceLoss.Form.values()) {
            preference(pairs, new PreferenceLoss.Settings(form, 0.1, 0), 60);
            preference(pairs, new PreferenceLoss.Settings(form, 0.5, 0.1), 8);
        }
        policy(pairs, 7, new PolicyLoss.Settings(0.2, 0.2, 0));
        policy(3, pairs, new PolicyLoss.Settings(0.2, 0.28, 0.04));
    }

    private void preference(int pairs, PreferenceLoss.Settings settings, double deviation) {
        var operands = new Operands();
        var losses = new Values.Normal(100, deviation);
        var forward =
                new PreferenceLoss(
                        operands.input("losses", losses, 2 * pairs),
                        operands.input("reference", losses, 2 * pairs),
                        operands.output("out", pairs),
                        settings);
        String variant =
                "pairs=%d %s beta=%s smoothing=%s"
                        .formatted(
                                pairs, settings.form(), settings.beta(), settings.labelSmoothing());
        cases.add(operands.of(variant, forward));
        var backward =
                new PreferenceLoss.Backward(
                        forward.losses(),
                        forward.reference(),
                        operands.input("dOut", pairs),
                        operands.output("dLosses", 2 * pairs),
                        settings);
        cases.add(operands.of(variant, backward));
    }

    private void policy(int rows, int columns, PolicyLoss.Settings settings) {
        var operands = new Operands();
        var losses = new Values.Uniform(0, 1);
        var forward =
                new PolicyLoss(
                        operands.input("losses", losses, rows, columns),
                        operands.input("old", losses, rows, columns),
                        settings.beta() > 0
                                ? operands.input("reference", losses, rows, columns)
                                : null,
                        operands.input("advantages", rows),
                        operands.output("out", rows, columns),
                        settings);
        String variant =
                "rows=%d columns=%d low=%s high=%s beta=%s"
                        .formatted(rows, columns, settings.low(), settings.high(), settings.beta());
        cases.add(operands.of(variant, forward));
        var backward =
                new PolicyLoss.Backward(
                        forward.losses(),
                        forward.old(),
                        forward.reference(),
                        forward.advantages(),
                        operands.input("dOut", rows, columns),
                        operands.output("dLosses", rows, columns),
                        settings);
        cases.add(operands.of(variant, backward));
    }

    private void pooling() {
        for (int[] size : POOLED) {
            int b = size[0];
            int t = size[1];
            int c = size[2];
            String sizes = "b=%d t=%d c=%d".formatted(b, t, c);
            var operands = new Operands();
            Tensor lengths = operands.integers("lengths", new Values.Integers(0, t + 1), b);
            var mean =
                    new MeanPool(
                            operands.input("x", b, t, c), lengths, operands.output("out", b, c));
            cases.add(operands.of(sizes, mean));
            var gradient =
                    new MeanPool.Backward(
                            operands.input("dOut", b, c), lengths, operands.output("dX", b, t, c));
            cases.add(operands.of(sizes, gradient));
            rowSum(b * t, c, false);
            rowSum(b * t, c, true);
        }
    }

    private void rowSum(int rows, int columns, boolean weighted) {
        String sizes = "rows=%d columns=%d%s".formatted(rows, columns, weighted ? " weighted" : "");
        var operands = new Operands();
        @Nullable Tensor weights = weighted ? operands.input("weights", rows, columns) : null;
        var sum =
                new RowSum(
                        operands.input("x", rows, columns), weights, operands.output("out", rows));
        cases.add(operands.of(sizes, sum));
        var gradient =
                new RowSum.Backward(
                        operands.input("dOut", rows),
                        weights,
                        operands.output("dX", rows, columns));
        cases.add(operands.of(sizes, gradient));
    }
}
