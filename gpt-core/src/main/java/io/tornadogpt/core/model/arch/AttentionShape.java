package io.tornadogpt.core.model.arch;

import java.util.List;

/// The attention of every block.
///
/// @param heads H, of the queries
/// @param keyValueHeads KV, of keys and values; divides H
/// @param headSize D
/// @param scale what scores are multiplied by: `1 / sqrt(D)` in most models
/// @param scoreCap keeps scores between `-cap` and `cap`; 0 for no cap
/// @param headNorm whether queries and keys are normalized
/// @param causal whether a position sees those before it only
/// @param windows how far each layer sees, its own position included, to one side or, where it is
///   not causal, to both; 0 for all. Empty where all layers see all
/// @param queryBias whether the projection to queries has a bias, and so on
public record AttentionShape(
        int heads,
        int keyValueHeads,
        int headSize,
        double scale,
        double scoreCap,
        HeadNorm headNorm,
        boolean causal,
        List<Integer> windows,
        boolean queryBias,
        boolean keyBias,
        boolean valueBias,
        boolean outputBias) {
    /// Whether queries and keys are normalized before they are turned by their position.
    public enum HeadNorm {
        NONE,
        /// Each head on its own, all with the same weights: Qwen 3, Gemma 3.
        EACH_HEAD,
        /// All heads of a row together.
        ALL_HEADS
    }

    public AttentionShape {
        Check.atLeastOne("number of heads", heads);
        Check.atLeastOne("number of key-value heads", keyValueHeads);
        Check.atLeastOne("head size", headSize);
        if (heads % keyValueHeads != 0) {
            throw new IllegalArgumentException(
                    "%d heads cannot share %d key-value heads; expected a divisor"
                            .formatted(heads, keyValueHeads));
        }
        Check.positive("scale of scores", scale);
        Check.notNegative("cap of scores", scoreCap);
        boolean bounded = windows.stream().anyMatch(window -> window > 0);
        windows = bounded ? List.copyOf(windows) : List.of();
    }

    /// Causal attention as in GPT-2 and Llama.
    ///
    /// @param bias whether queries, keys and values have one
    public static AttentionShape causal(
            int heads, int keyValueHeads, int headSize, boolean bias, boolean outputBias) {
        return new AttentionShape(
                heads,
                keyValueHeads,
                headSize,
                1 / Math.sqrt(headSize),
                0,
                HeadNorm.NONE,
                true,
                List.of(),
                bias,
                bias,
                bias,
                outputBias);
    }

    /// Columns of the queries: H x D.
    public int width() {
        return heads * headSize;
    }

    /// Columns of the keys, and of the values: KV x D.
    public int keyValueWidth() {
        return keyValueHeads * headSize;
    }

    /// The same with other windows.
    public AttentionShape withWindows(List<Integer> newWindows) {
        return new AttentionShape(
                heads,
                keyValueHeads,
                headSize,
                scale,
                scoreCap,
                headNorm,
                causal,
                newWindows,
                queryBias,
                keyBias,
                valueBias,
                outputBias);
    }

    /// The same with other scores.
    public AttentionShape withScale(double newScale, double newCap) {
        return new AttentionShape(
                heads,
                keyValueHeads,
                headSize,
                newScale,
                newCap,
                headNorm,
                causal,
                windows,
                queryBias,
                keyBias,
                valueBias,
                outputBias);
    }

    /// The same with queries and keys normalized, or not.
    public AttentionShape withHeadNorm(HeadNorm newNorm) {
        return new AttentionShape(
                heads,
                keyValueHeads,
                headSize,
                scale,
                scoreCap,
                newNorm,
                causal,
                windows,
                queryBias,
                keyBias,
                valueBias,
                outputBias);
    }

    /// The same without a causal view: each position sees all.
    public AttentionShape bidirectional() {
        return new AttentionShape(
                heads,
                keyValueHeads,
                headSize,
                scale,
                scoreCap,
                headNorm,
                false,
                windows,
                queryBias,
                keyBias,
                valueBias,
                outputBias);
    }
}
