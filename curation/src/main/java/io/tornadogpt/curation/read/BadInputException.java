package io.tornadogpt.curation.read;

import java.io.IOException;

/// What is left of a file cannot be read.
final class BadInputException extends IOException {
    private final String kind;

    BadInputException(String kind, String detail) {
        super(detail);
        this.kind = kind;
    }

    String kind() {
        return kind;
    }
}
