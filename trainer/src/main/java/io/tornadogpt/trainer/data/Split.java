package io.tornadogpt.trainer.data;

/// How many of a row of things are trained on, from the first on, and how many validate.
///
/// The things are characters where text is split before it is encoded, as nanoGPT does, or tokens
/// where only these are at hand; with a token for each character both are the same.
///
/// @param training the first so many
/// @param validation those behind them
public record Split(long training, long validation) {
    private static final double TRAINING_PART = 0.9;

    /// nanoGPT's split: the first `int(0.9 * count)` train.
    public static Split of(long count) {
        long training = (long) (TRAINING_PART * count);
        return new Split(training, count - training);
    }

    /// All train; nothing validates.
    public static Split trainingOnly(long count) {
        return new Split(count, 0);
    }

    /// The tokens to train on.
    public Tokens training(Tokens tokens) {
        return tokens.slice(0, training);
    }

    /// The tokens to validate on.
    public Tokens validation(Tokens tokens) {
        return tokens.slice(training, validation);
    }
}
