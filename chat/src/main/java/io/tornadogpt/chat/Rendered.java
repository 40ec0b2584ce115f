package io.tornadogpt.chat;

import java.util.List;

/// A conversation as a model reads it.
///
/// A template writes the special tokens itself, the beginning-of-sequence token too. So the text is
/// to be encoded with special tokens recognised and none added.
///
/// @param text the text
/// @param assistant what the assistant wrote, where the template says so with `generation` blocks;
///   empty if it does not
public record Rendered(String text, List<Span> assistant) {

    public Rendered {
        assistant = List.copyOf(assistant);
    }

    /// A part of the text, in UTF-16 units as `String.substring` counts.
    ///
    /// @param start of its first character
    /// @param end behind its last character
    public record Span(int start, int end) {}
}
