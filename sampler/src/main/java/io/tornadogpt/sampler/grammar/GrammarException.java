package io.tornadogpt.sampler.grammar;

/// A schema asks for what is not supported, is none, or is too large. The message is one sentence
/// that names the place.
public final class GrammarException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    GrammarException(String message) {
        super(message);
    }
}
