package io.tornadogpt.tokenizer;

/// A stretch of UTF-8 text that can be encoded apart from its neighbours.
final class TextChunk {

    private final byte[] bytes;
    private final int length;
    private final long offset;

    /// @param bytes holds the text at `bytes[0, length)`, which nobody changes any more
    /// @param offset where the text stands in the whole input
    TextChunk(byte[] bytes, int length, long offset) {
        this.bytes = bytes;
        this.length = length;
        this.offset = offset;
    }

    byte[] bytes() {
        return bytes;
    }

    int length() {
        return length;
    }

    /// Where `bytes()[at]` stands in the whole input, for messages.
    long position(int at) {
        return offset + at;
    }

    /// Where the text after this chunk begins in the whole input.
    long end() {
        return offset + length;
    }
}
