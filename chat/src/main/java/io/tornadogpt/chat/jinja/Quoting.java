package io.tornadogpt.chat.jinja;

/// Pieces of other people's text inside messages.
final class Quoting {

    private static final int MOST = 60;

    private Quoting() {}

    /// The text, or its first characters, on one line.
    static String shortened(String text) {
        String line = text.replace('\n', ' ').replace('\r', ' ');
        return line.length() <= MOST ? line : line.substring(0, MOST) + "...";
    }
}
