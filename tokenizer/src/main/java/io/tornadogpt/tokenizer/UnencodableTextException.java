package io.tornadogpt.tokenizer;

/// Text that a tokenizer has no tokens for: a character outside the vocabulary of a
/// [CharTokenizer], or bytes that are not UTF-8 where text was promised. The message names the
/// character, its position and what to do.
public final class UnencodableTextException extends IllegalArgumentException {

    private static final long serialVersionUID = 1;

    private final long position;

    public UnencodableTextException(String message, long position) {
        super(message);
        this.position = position;
    }

    public UnencodableTextException(UnencodableTextException cause, long position) {
        super(cause.getMessage(), cause);
        this.position = position;
    }

    /// Where the offending character begins, counted from 0: an index into the `String` (as
    /// [String#charAt] counts), or a byte offset where bytes were encoded or a byte has no token.
    public long position() {
        return position;
    }
}
