package io.tornadogpt.core.reference;

import io.tornadogpt.core.op.Attention;
import io.tornadogpt.core.tensor.Tensor;

import org.jspecify.annotations.Nullable;

/// How a product of a query and a key becomes a score, and what each position sees.
final class Scores {
    private final Attention.Heads heads;
    private final boolean causal;
    private final int window; // 0 for all
    private final @Nullable Integers spans; // [B*T, 2]
    private final @Nullable Matrix biases; // a row a position, [.., H]

    Scores(Attention.Heads heads, Attention.View view, Frame frame) {
        this.heads = heads;
        this.causal = view.causal();
        Tensor width = view.window();
        this.window = width == null ? 0 : frame.integers(width).get(0);
        Tensor allowed = view.spans();
        this.spans = allowed == null ? null : frame.integers(allowed);
        this.biases = frame.matrixOrNull(heads.biases());
    }

    /// The first position that position i sees.
    ///
    /// @param row of the batch, `b * positions + i`
    int first(int row, int i) {
        int first = window > 0 ? Math.max(0, i - window + 1) : 0;
        return spans == null ? first : Math.max(first, spans.get(2 * row));
    }

    /// The position behind the last that position i sees.
    int end(int row, int i, int positions) {
        int end = causal ? i + 1 : positions;
        if (window > 0) {
            end = (int) Math.min(end, (long) i + window);
        }
        return spans == null ? end : Math.min(end, spans.get(2 * row + 1));
    }

    /// The score of a query and a key.
    ///
    /// @param product of the two
    /// @param row of the query's biases
    /// @param keyRow of the key's
    double score(double product, int head, int row, int keyRow) {
        if (biases == null) {
            return capped(product);
        }
        return capped(product) + heads.scale() * (biases.get(keyRow, head) - biases.get(row, head));
    }

    /// The derivative of the score with respect to the product.
    double derivative(double product) {
        double cap = heads.cap();
        if (cap == 0) {
            return heads.scale();
        }
        double tanh = capped(product) / cap;
        return heads.scale() * (1 - tanh * tanh);
    }

    private double capped(double product) {
        double scaled = heads.scale() * product;
        double cap = heads.cap();
        return cap == 0 ? scaled : cap * Math.tanh(scaled / cap);
    }

    /// The head of keys and values that a head of queries looks at.
    int keyValueHead(int head) {
        return head / (heads.count() / heads.keyValueCount());
    }
}
