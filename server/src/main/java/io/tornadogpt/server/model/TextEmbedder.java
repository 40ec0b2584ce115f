package io.tornadogpt.server.model;

/// Makes vectors of texts. May be used by any thread.
public interface TextEmbedder extends AutoCloseable {
    /// The vector of a text, of length 1.
    ///
    /// @param tokens one or more, at most [#context]
    float[] embed(int... tokens);

    /// The tokens of a text as the model expects them.
    int[] tokens(String text);

    /// The most tokens of a text.
    int context();

    /// The number of a vector's elements.
    int size();

    @Override
    void close();
}
