package io.tornadogpt.scaling;

/// What came of one run.
///
/// @param parameters N, without embeddings
/// @param tokens D that it was trained on
/// @param loss L, of validation, nats a token
public record Observation(double parameters, double tokens, double loss) {
    public Observation {
        if (!(parameters > 0 && tokens > 0 && loss > 0 && Double.isFinite(loss))) {
            throw new IllegalArgumentException(
                    "a run of %s parameters and %s tokens has the loss %s; expected numbers more than 0"
                            .formatted(parameters, tokens, loss));
        }
    }
}
