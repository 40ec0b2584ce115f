package io.tornadogpt.chat.jinja;

/// A place in a template's source; both count from 1, columns in UTF-16 units.
public record Position(int line, int column) {

    @Override
    public String toString() {
        return "line " + line + ", column " + column;
    }
}
