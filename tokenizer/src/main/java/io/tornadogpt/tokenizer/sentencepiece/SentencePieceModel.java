package io.tornadogpt.tokenizer.sentencepiece;

import com.fasterxml.jackson.core.JsonGenerator;

import io.tornadogpt.tokenizer.model.Model;

/// A model that follows SentencePiece to the letter. Its file is a `.model`; a `tokenizer.json` has
/// [SentencePieceJson]'s version of it.
public interface SentencePieceModel extends Model {

    SentencePieceFile file();

    /// The bytes of the `.model` file.
    byte[] bytes();

    @Override
    default String type() {
        return "SentencePiece";
    }

    @Override
    default void write(JsonGenerator json) {
        throw new UnsupportedOperationException("tokenizer.json has no such model");
    }
}
