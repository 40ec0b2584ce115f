package io.tornadogpt.tokenizer;

import java.io.IOException;
import java.nio.file.Path;

/// A tokenizer file that is malformed, or that asks for something this library does not do. The
/// message is one sentence that names the file, the field and what was expected of it.
public final class TokenizerFormatException extends IOException {

    private static final long serialVersionUID = 1;

    public TokenizerFormatException(Path file, String what) {
        super(file + ": " + what);
    }

    public TokenizerFormatException(Path file, String what, Throwable cause) {
        super(file + ": " + what, cause);
    }
}
