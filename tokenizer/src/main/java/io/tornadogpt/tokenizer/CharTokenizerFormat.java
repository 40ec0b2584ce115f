package io.tornadogpt.tokenizer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/// A character tokenizer as a `tokenizer.json`: a BPE model without merges, without a pre-tokenizer
/// and with the decoder `Fuse`, so that Hugging Face looks each character up by itself.
final class CharTokenizerFormat {

    private CharTokenizerFormat() {}

    static CharTokenizer read(TokenizerJson json) throws TokenizerFormatException {
        if (!json.section("post_processor").isNull()) {
            throw json.unsupported("post_processor", json.section("post_processor"), "null");
        }
        if (!json.merges().isEmpty()) {
            throw json.refuse(
                    "model.merges has entries without the pre_tokenizer \"ByteLevel\"; expected"
                            + " none");
        }
        TokenTable table = TokenTable.of(json);
        int[] codePointOfId = new int[table.size()];
        Arrays.fill(codePointOfId, -1);
        for (int id = 0; id < table.size(); id++) {
            if (!table.isSpecial(id)) {
                codePointOfId[id] = onlyCodePoint(json, table.token(id));
            }
        }
        return CharTokenizer.ofCodePoints(codePointOfId, table.specialTokens());
    }

    static void save(CharTokenizer tokenizer, Path directory) throws IOException {
        Files.createDirectories(directory);
        JsonFile.write(
                directory.resolve(TokenizerFiles.TOKENIZER_JSON),
                json -> {
                    TokenizerJsonWriter.startDocument(json, tokenizer.specialTokens());
                    json.writeNullField("pre_tokenizer");
                    json.writeNullField("post_processor");
                    json.writeObjectFieldStart("decoder");
                    json.writeStringField("type", "Fuse");
                    json.writeEndObject();
                    TokenizerJsonWriter.startModel(json, false);
                    json.writeObjectFieldStart("vocab");
                    int[] codePointOfId = tokenizer.codePointOfId();
                    for (int id = 0; id < codePointOfId.length; id++) {
                        if (codePointOfId[id] >= 0) {
                            json.writeNumberField(Character.toString(codePointOfId[id]), id);
                        }
                    }
                    json.writeEndObject();
                    json.writeArrayFieldStart("merges");
                    json.writeEndArray();
                    json.writeEndObject();
                    json.writeEndObject();
                });
        TokenizerJsonWriter.writeConfig(tokenizer, directory);
    }

    private static int onlyCodePoint(TokenizerJson json, String token)
            throws TokenizerFormatException {
        boolean one = !token.isEmpty() && token.codePointCount(0, token.length()) == 1;
        int codePoint = one ? token.codePointAt(0) : -1;
        if (!one
                || (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE)) {
            throw json.refuse(
                    "model.vocab has the token "
                            + TokenizerJson.quote(token)
                            + "; without a pre_tokenizer each token has to be one character");
        }
        return codePoint;
    }
}
