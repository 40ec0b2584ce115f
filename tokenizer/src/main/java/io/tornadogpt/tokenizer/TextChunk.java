package io.tornadogpt.tokenizer;

/// A stretch of UTF-8 text that can be encoded apart from its neighbours.
///
/// @param bytes holds the text at `bytes[from, to)`
/// @param offset where `bytes[from]` stands in the whole input, for messages
record TextChunk(byte[] bytes, int from, int to, long offset) {

    int length() {
        return to - from;
    }
}
