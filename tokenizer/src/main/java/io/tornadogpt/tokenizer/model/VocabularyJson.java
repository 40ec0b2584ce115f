package io.tornadogpt.tokenizer.model;

import com.fasterxml.jackson.core.JsonGenerator;

import java.io.IOException;

/// Writes a vocabulary as an object from token to id, in order of ids.
public final class VocabularyJson {

    private VocabularyJson() {}

    /// Writes the field `vocab`.
    static void write(JsonGenerator json, Vocabulary vocabulary) throws IOException {
        json.writeFieldName("vocab");
        writeObject(json, vocabulary);
    }

    public static void writeObject(JsonGenerator json, Vocabulary vocabulary) throws IOException {
        json.writeStartObject();
        for (int id = 0; id < vocabulary.size(); id++) {
            String token = vocabulary.token(id);
            if (token != null) {
                json.writeNumberField(token, id);
            }
        }
        json.writeEndObject();
    }
}
