package io.tornadogpt.finetune;

/// How a classifier is trained: the settings `classify.*`.
///
/// @param pooling from which hidden state labels are told
/// @param layers what is trained beside the head
/// @param classWeights how much the rows of a label count: `none` for 1 each, `balanced` for
///   inversely to their number, or a list such as `ham=1,spam=6`
public record ClassifySettings(Pooling pooling, Layers layers, String classWeights) {
    /// The group of these settings in files and on the command line.
    public static final String GROUP = "classify";

    /// All layers, rows count alike, the hidden state that is usual for the family.
    public static final ClassifySettings DEFAULT =
            new ClassifySettings(Pooling.AUTO, Layers.FULL, "none");

    /// From which hidden state labels are told.
    public enum Pooling {
        /// The last token of a model that continues texts, the first of one that sees all of them.
        AUTO,
        LAST,
        /// The first: BERT's CLS.
        FIRST,
        MEAN
    }

    /// What is trained beside the head.
    public enum Layers {
        /// All of the model.
        FULL,
        /// Nothing.
        FROZEN,
        /// The last block, and the norm behind it.
        LAST_BLOCK,
        /// The last two blocks, and the norm behind them.
        LAST_TWO;

        /// Blocks that are trained, at most those there are.
        public int blocks() {
            return switch (this) {
                case FULL -> Integer.MAX_VALUE;
                case FROZEN -> 0;
                case LAST_BLOCK -> 1;
                case LAST_TWO -> 2;
            };
        }
    }
}
