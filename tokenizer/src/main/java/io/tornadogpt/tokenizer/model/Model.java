package io.tornadogpt.tokenizer.model;

import com.fasterxml.jackson.core.JsonGenerator;

import io.tornadogpt.tokenizer.text.IntArray;

import java.io.IOException;

/// Turns pieces of text into tokens. Models are immutable.
public interface Model {

    /// Encodes pieces, one thread at a time.
    @FunctionalInterface
    interface Encoder {
        /// @param piece not empty
        void encode(String piece, IntArray out);

        /// Encodes the piece `text[from, to)`; some do so without a copy of it.
        default void encode(String text, int from, int to, IntArray out) {
            encode(text.substring(from, to), out);
        }
    }

    /// The value of the section's field `type`.
    String type();

    /// What these tokens are called to a user.
    String kind();

    Vocabulary vocabulary();

    /// An encoder for one thread, which may remember what it has seen.
    Encoder encoder();

    /// Writes the fields of the file's section `model` but its type.
    void write(JsonGenerator json) throws IOException;
}
