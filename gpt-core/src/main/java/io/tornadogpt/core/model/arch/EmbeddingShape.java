package io.tornadogpt.core.model.arch;

/// How tokens become vectors.
///
/// @param scale what token vectors are multiplied by: the root of the width in Gemma, 1 elsewhere
/// @param tied whether the output head is the token embedding
/// @param tokenTypes kinds of tokens that have a vector of their own, such as BERT's two sentences;
///   0 for none
public record EmbeddingShape(double scale, boolean tied, int tokenTypes) {
    public EmbeddingShape {
        Check.positive("scale of the embedding", scale);
        Check.notNegative("number of token types", tokenTypes);
    }

    /// Vectors as they are in the table.
    public static EmbeddingShape plain(boolean tied) {
        return new EmbeddingShape(1, tied, 0);
    }
}
