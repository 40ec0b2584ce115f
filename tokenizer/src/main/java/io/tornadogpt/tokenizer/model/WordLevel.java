package io.tornadogpt.tokenizer.model;

import com.fasterxml.jackson.core.JsonGenerator;

import io.tornadogpt.tokenizer.UnencodableTextException;
import io.tornadogpt.tokenizer.json.JsonSection;

import java.io.IOException;

/// One token a piece.
///
/// @param unkToken stands for pieces that are not in the vocabulary
public record WordLevel(Vocabulary vocabulary, String unkToken) implements Model {

    @Override
    public String type() {
        return "WordLevel";
    }

    @Override
    public String kind() {
        return "whole words";
    }

    @Override
    public Encoder encoder() {
        int unk = vocabulary.id(unkToken);
        return (piece, out) -> {
            int id = vocabulary.ordinary(piece);
            if (id == Vocabulary.NONE && unk == Vocabulary.NONE) {
                throw new UnencodableTextException(
                        JsonSection.quote(piece)
                                + " has no token in this vocabulary, which lacks its token for"
                                + " unknown words "
                                + JsonSection.quote(unkToken)
                                + " too",
                        0);
            }
            out.add(id == Vocabulary.NONE ? unk : id);
        };
    }

    @Override
    public void write(JsonGenerator json) throws IOException {
        VocabularyJson.write(json, vocabulary);
        json.writeStringField("unk_token", unkToken);
    }
}
