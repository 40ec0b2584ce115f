package io.tornadogpt.sampler;

import java.util.Optional;

/// The text generated after one prompt.
///
/// @param text what came after the prompt, up to a stop string
/// @param generation the tokens behind it; where a stop string was found they go beyond the text
/// @param stopString the stop string that ended the text
public record GeneratedText(String text, Generation generation, Optional<String> stopString) {
    public FinishReason finishReason() {
        return generation.finishReason();
    }

    /// A sentence for the user where the prompt was cut.
    public Optional<String> notice() {
        return generation.notice();
    }
}
