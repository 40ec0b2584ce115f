package io.tornadogpt.tokenizer;

import com.fasterxml.jackson.core.JsonGenerator;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/// The parts of a tokenizer's files that do not depend on its kind, as Hugging Face writes them.
final class TokenizerJsonWriter {

    private TokenizerJsonWriter() {}

    static void startDocument(JsonGenerator json, Map<String, Integer> specialTokens)
            throws IOException {
        json.writeStartObject();
        json.writeStringField("version", "1.0");
        json.writeNullField("truncation");
        json.writeNullField("padding");
        json.writeArrayFieldStart("added_tokens");
        for (Map.Entry<String, Integer> token : specialTokens.entrySet()) {
            json.writeStartObject();
            json.writeNumberField("id", token.getValue());
            json.writeStringField("content", token.getKey());
            for (String no : new String[] {"single_word", "lstrip", "rstrip", "normalized"}) {
                json.writeBooleanField(no, false);
            }
            json.writeBooleanField("special", true);
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeNullField("normalizer");
    }

    static void startModel(JsonGenerator json, boolean ignoreMerges) throws IOException {
        json.writeObjectFieldStart("model");
        json.writeStringField("type", "BPE");
        json.writeNullField("dropout");
        json.writeNullField("unk_token");
        json.writeNullField("continuing_subword_prefix");
        json.writeNullField("end_of_word_suffix");
        json.writeBooleanField("fuse_unk", false);
        json.writeBooleanField("byte_fallback", false);
        json.writeBooleanField("ignore_merges", ignoreMerges);
    }

    /// Writes the `tokenizer_config.json` by which `transformers` finds `tokenizer.json` and learns
    /// not to tidy up the spaces of decoded text.
    static void writeConfig(Tokenizer tokenizer, Path directory) throws IOException {
        JsonFile.write(
                directory.resolve("tokenizer_config.json"),
                json -> {
                    json.writeStartObject();
                    json.writeStringField("tokenizer_class", "PreTrainedTokenizerFast");
                    json.writeBooleanField("clean_up_tokenization_spaces", false);
                    if (tokenizer.endOfText().isPresent()) {
                        json.writeStringField("bos_token", Tokenizer.END_OF_TEXT);
                        json.writeStringField("eos_token", Tokenizer.END_OF_TEXT);
                    }
                    json.writeEndObject();
                });
    }
}
