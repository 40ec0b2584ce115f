package io.tornadogpt.chat.jinja;

/// A piece of a template: text between tags, a tag's delimiter, or a word inside a tag.
///
/// @param text what stands there; for [Kind#STRING] with its escapes resolved
record Token(Kind kind, String text, Position at) {

    enum Kind {
        DATA,
        VARIABLE_BEGIN,
        VARIABLE_END,
        BLOCK_BEGIN,
        BLOCK_END,
        NAME,
        INTEGER,
        FLOAT,
        STRING,
        OPERATOR,
        END
    }

    boolean is(Kind expected, String value) {
        return kind == expected && text.equals(value);
    }

    boolean isOperator(String value) {
        return is(Kind.OPERATOR, value);
    }

    boolean isName(String value) {
        return is(Kind.NAME, value);
    }

    /// How a message names it.
    String described() {
        return switch (kind) {
            case DATA -> "text";
            case VARIABLE_BEGIN, BLOCK_BEGIN, VARIABLE_END, BLOCK_END, OPERATOR -> "'" + text + "'";
            case NAME -> "'" + Quoting.shortened(text) + "'";
            case INTEGER, FLOAT -> "the number " + Quoting.shortened(text);
            case STRING -> "a string";
            case END -> "the end of the template";
        };
    }
}
