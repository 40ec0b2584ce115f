package io.tornadogpt.chat.jinja;

/// Pieces of other people's text inside messages.
final class Quoting {

    private static final int MOST = 60;

    private Quoting() {}

    /// The text, or its first characters, on one line.
    static String shortened(String text) {
        return shortened(text, MOST);
    }

    /// The text, or its first `most` characters, on one line.
    static String shortened(String text, int most) {
        String kept = text.length() <= most ? text : text.substring(0, most) + "...";
        return PythonText.stripRight(kept).replace('\n', ' ').replace('\r', ' ');
    }
}
