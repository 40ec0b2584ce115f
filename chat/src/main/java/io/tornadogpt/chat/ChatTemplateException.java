package io.tornadogpt.chat;

import io.tornadogpt.chat.jinja.Fault;
import io.tornadogpt.chat.jinja.Position;

/// Why a template could not be read, or a conversation not be rendered with it. The message is one
/// sentence that names the place in the template and what is wrong there.
public final class ChatTemplateException extends RuntimeException {

    /// What kind of reason it is.
    public enum Reason {
        /// The source is not a Jinja template.
        SYNTAX,
        /// The template uses a part of Jinja or Python that is not supported here.
        UNSUPPORTED,
        /// An operation does not fit its values; Jinja refuses it too.
        VALUE,
        /// The template itself refuses the conversation, with `raise_exception`.
        REFUSED,
        /// The template needs more work, depth or memory than it may use.
        LIMIT
    }

    private static final long serialVersionUID = 1;

    private final Reason reason;
    private final int line;
    private final int column;

    private ChatTemplateException(Reason reason, String message, int line, int column) {
        super(message);
        this.reason = reason;
        this.line = line;
        this.column = column;
    }

    static ChatTemplateException of(Fault fault) {
        Reason reason =
                switch (fault.kind()) {
                    case SYNTAX -> Reason.SYNTAX;
                    case UNSUPPORTED -> Reason.UNSUPPORTED;
                    case VALUE -> Reason.VALUE;
                    case RAISED -> Reason.REFUSED;
                    case LIMIT -> Reason.LIMIT;
                };
        Position at = fault.position();
        String place = at == null ? "chat template: " : "chat template, " + at + ": ";
        String refusal = reason == Reason.REFUSED ? "the template refuses the conversation: " : "";
        return new ChatTemplateException(
                reason,
                place + refusal + fault.getMessage(),
                at == null ? 0 : at.line(),
                at == null ? 0 : at.column());
    }

    static ChatTemplateException value(String message) {
        return new ChatTemplateException(Reason.VALUE, message, 0, 0);
    }

    /// What kind of reason this is.
    public Reason reason() {
        return reason;
    }

    /// The line in the template, from 1; 0 where the reason has no place in it.
    public int line() {
        return line;
    }

    /// The column in the line, from 1; 0 where the reason has no place in the template.
    public int column() {
        return column;
    }
}
