package io.tornadogpt.curation;

/// A recipe asks for what there is not: an unknown step or key, or a value out of its bounds. The
/// message names it, and what to do.
public final class RecipeException extends IllegalArgumentException {
    /// @param message what is wrong, and what to do
    public RecipeException(String message) {
        super(message);
    }

    RecipeException(String message, Throwable cause) {
        super(message, cause);
    }
}
