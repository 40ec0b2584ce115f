package io.tornadogpt.tokenizer.regex;

/// An expression that is malformed, or uses what cannot be said in the JDK's syntax. The message
/// says what and where.
public final class RegexException extends Exception {

    private static final long serialVersionUID = 1;

    RegexException(String message) {
        super(message);
    }
}
