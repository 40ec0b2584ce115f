package io.tornadogpt.sampler;

import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.model.family.Task.Pooling;

/// How an [Embedder] makes one vector of a text.
///
/// @param pooling which hidden states it is made from
/// @param normalized whether it is scaled to length 1, so that a product of two is their cosine
/// @param longest the most tokens of a text that the model sees; 0 for as many as it can, at most
///   [#MOST]
/// @param execution how the device runs; it changes no result
public record EmbedderSettings(
        Pooling pooling, boolean normalized, int longest, ExecutionOptions execution) {
    /// The most tokens where nothing is said: texts that are embedded are mostly shorter, and
    /// memory grows with it.
    public static final int MOST = 512;

    /// The mean of all hidden states, scaled to length 1, as sentence encoders are mostly used.
    public static final EmbedderSettings DEFAULT =
            new EmbedderSettings(Pooling.MEAN, true, 0, ExecutionOptions.DEFAULT);

    public EmbedderSettings {
        if (longest < 0) {
            throw new IllegalArgumentException(
                    "the longest text has %d tokens; expected 1 or more, or 0 for the model's"
                            .formatted(longest));
        }
    }

    public EmbedderSettings withPooling(Pooling value) {
        return new EmbedderSettings(value, normalized, longest, execution);
    }

    public EmbedderSettings withNormalized(boolean value) {
        return new EmbedderSettings(pooling, value, longest, execution);
    }

    public EmbedderSettings withLongest(int value) {
        return new EmbedderSettings(pooling, normalized, value, execution);
    }

    public EmbedderSettings withExecution(ExecutionOptions value) {
        return new EmbedderSettings(pooling, normalized, longest, value);
    }
}
