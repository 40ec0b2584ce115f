package io.tornadogpt.core.model.arch;

/// Probabilities of dropout while training. They change no other result.
///
/// @param embedding of the embedding's elements
/// @param attention of attention's probabilities
/// @param residual of what attention and MLP add to the residual stream
public record Dropouts(double embedding, double attention, double residual) {
    public static final Dropouts NONE = new Dropouts(0, 0, 0);

    public Dropouts {
        Check.probability("dropout of the embedding", embedding);
        Check.probability("dropout of attention", attention);
        Check.probability("dropout of the residual stream", residual);
    }

    /// The same everywhere.
    public static Dropouts of(double probability) {
        return new Dropouts(probability, probability, probability);
    }

    /// Whether there is any.
    public boolean any() {
        return embedding > 0 || attention > 0 || residual > 0;
    }
}
