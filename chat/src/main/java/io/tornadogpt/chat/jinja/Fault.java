package io.tornadogpt.chat.jinja;

import org.jspecify.annotations.Nullable;

/// Why a template was not parsed or not rendered, in one sentence.
public final class Fault extends RuntimeException {

    /// What kind of reason it is.
    public enum Kind {
        /// The source is not a template.
        SYNTAX,
        /// The source is a template of Jinja that uses what this interpreter leaves out.
        UNSUPPORTED,
        /// An operation does not fit its values, as in Python.
        VALUE,
        /// The template called `raise_exception`.
        RAISED,
        /// A bound on work, depth or size was reached.
        LIMIT
    }

    private static final long serialVersionUID = 1;

    private final Kind kind;
    private final transient @Nullable Position at;

    private Fault(Kind kind, String message, @Nullable Position at) {
        super(message, null, false, false);
        this.kind = kind;
        this.at = at;
    }

    static Fault syntax(Position at, String message) {
        return new Fault(Kind.SYNTAX, message, at);
    }

    static Fault unsupported(Position at, String message) {
        return new Fault(Kind.UNSUPPORTED, message, at);
    }

    static Fault unsupported(String message) {
        return new Fault(Kind.UNSUPPORTED, message, null);
    }

    static Fault value(String message) {
        return new Fault(Kind.VALUE, message, null);
    }

    static Fault raised(String message) {
        return new Fault(Kind.RAISED, message, null);
    }

    static Fault limit(String message) {
        return new Fault(Kind.LIMIT, message, null);
    }

    /// The same reason with a place, where it has none yet.
    Fault at(Position position) {
        return at != null ? this : new Fault(kind, String.valueOf(getMessage()), position);
    }

    /// What kind of reason this is.
    public Kind kind() {
        return kind;
    }

    /// Where in the source, if it is known.
    public @Nullable Position position() {
        return at;
    }
}
