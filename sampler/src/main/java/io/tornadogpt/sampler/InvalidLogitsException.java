package io.tornadogpt.sampler;

/// Logits from which no token can be drawn: one is NaN or positive infinity, or all are removed.
public final class InvalidLogitsException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    private InvalidLogitsException(String message) {
        super(message);
    }

    static InvalidLogitsException notDrawable(Object source, int token, float logit) {
        return new InvalidLogitsException(
                "%s gave token %d the logit %s; expected a finite number, or -Infinity for a token"
                                .formatted(source, token, logit)
                        + " that is not to be drawn; where the model did this, its weights are"
                        + " damaged or its training diverged: use another checkpoint");
    }

    static InvalidLogitsException nothingLeft(Object source, int vocabularySize) {
        return new InvalidLogitsException(
                "%s left none of the %d tokens to draw from; at least one needs a finite logit"
                        .formatted(source, vocabularySize));
    }
}
