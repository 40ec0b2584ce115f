package io.tornadogpt.tokenizer.text;

/// A stretch of UTF-8 text that can be encoded apart from its neighbours.
public final class TextChunk {

    private final byte[] bytes;
    private final int length;
    private final long offset;

    /// @param bytes holds the text at `bytes[0, length)`, which nobody changes any more
    /// @param offset where the text stands in the whole input
    public TextChunk(byte[] bytes, int length, long offset) {
        this.bytes = bytes;
        this.length = length;
        this.offset = offset;
    }

    public byte[] bytes() {
        return bytes;
    }

    public int length() {
        return length;
    }

    /// Where `bytes()[at]` stands in the whole input, for messages.
    public long position(int at) {
        return offset + at;
    }

    /// Where the text after this chunk begins in the whole input.
    public long end() {
        return offset + length;
    }
}
