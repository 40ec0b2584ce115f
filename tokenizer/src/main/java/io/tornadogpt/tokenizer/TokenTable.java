package io.tornadogpt.tokenizer;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The tokens of a `tokenizer.json` by id: vocabulary and special tokens together, without holes
/// and without two tokens at one id.
final class TokenTable {

    private final List<String> tokens;
    private final Map<String, Integer> ids;
    private final Map<String, Integer> specialTokens;
    private final boolean[] special;

    private TokenTable(
            List<String> tokens, Map<String, Integer> ids, Map<String, Integer> specialTokens) {
        this.tokens = tokens;
        this.ids = ids;
        this.specialTokens = specialTokens;
        special = new boolean[tokens.size()];
        specialTokens.values().forEach(id -> special[id] = true);
    }

    static TokenTable of(TokenizerJson json) throws TokenizerFormatException {
        Map<String, Integer> specialTokens = new LinkedHashMap<>();
        for (TokenizerJson.AddedToken added : json.addedTokens()) {
            if (specialTokens.put(added.content(), added.id()) != null) {
                throw json.refuse(
                        "added_tokens has " + TokenizerJson.quote(added.content()) + " twice");
            }
        }
        return of(json.vocabulary(), "model.vocab", specialTokens, json::refuse);
    }

    /// Makes a message into the exception that names the file.
    interface Refusal {
        TokenizerFormatException of(String what);
    }

    /// @param field what `vocabulary` is called in the file, for messages
    static TokenTable of(
            Map<String, Integer> vocabulary,
            String field,
            Map<String, Integer> specialTokens,
            Refusal refusal)
            throws TokenizerFormatException {
        Map<String, Integer> ids = new LinkedHashMap<>(vocabulary);
        for (Map.Entry<String, Integer> added : specialTokens.entrySet()) {
            Integer known = ids.put(added.getKey(), added.getValue());
            if (known != null && !known.equals(added.getValue())) {
                throw refusal.of(
                        "added_tokens gives "
                                + TokenizerJson.quote(added.getKey())
                                + " the id "
                                + added.getValue()
                                + " but "
                                + field
                                + " gives it "
                                + known);
            }
        }
        return new TokenTable(byId(ids, field, refusal), ids, specialTokens);
    }

    private static List<String> byId(Map<String, Integer> ids, String field, Refusal refusal)
            throws TokenizerFormatException {
        if (ids.isEmpty()) {
            throw refusal.of(field + " is empty");
        }
        @Nullable String[] tokens = new String[ids.size()];
        for (Map.Entry<String, Integer> entry : ids.entrySet()) {
            int id = entry.getValue();
            if (id >= tokens.length) {
                throw refusal.of(
                        field
                                + " gives "
                                + TokenizerJson.quote(entry.getKey())
                                + " the id "
                                + id
                                + " but there are "
                                + tokens.length
                                + " tokens; ids have to run from 0 without holes");
            }
            String other = tokens[id];
            if (other != null) {
                throw refusal.of(
                        field
                                + " gives id "
                                + id
                                + " to both "
                                + TokenizerJson.quote(other)
                                + " and "
                                + TokenizerJson.quote(entry.getKey()));
            }
            tokens[id] = entry.getKey();
        }
        // As many tokens as ids and no id twice: none is missing.
        List<String> complete = new ArrayList<>(tokens.length);
        for (String token : tokens) {
            if (token != null) {
                complete.add(token);
            }
        }
        return complete;
    }

    int size() {
        return tokens.size();
    }

    String token(int id) {
        return tokens.get(id);
    }

    /// The bytes of each token, ordinary ones read as byte-level text.
    byte[][] bytes(String field, Refusal refusal) throws TokenizerFormatException {
        byte[][] bytes = new byte[size()][];
        for (int id = 0; id < bytes.length; id++) {
            String token = token(id);
            byte @Nullable [] read =
                    isSpecial(id)
                            ? token.getBytes(StandardCharsets.UTF_8)
                            : ByteAlphabet.read(token);
            if (read == null || read.length == 0) {
                throw refusal.of(
                        field
                                + " has the token "
                                + TokenizerJson.quote(token)
                                + ", which is neither special nor spelled in GPT-2's byte"
                                + " alphabet");
            }
            bytes[id] = read;
        }
        return bytes;
    }

    /// The id of an ordinary token that a merge names.
    int id(String token, Refusal refusal) throws TokenizerFormatException {
        Integer id = ids.get(token);
        if (id == null) {
            throw refusal.of("names the unknown token " + TokenizerJson.quote(token));
        }
        if (isSpecial(id)) {
            throw refusal.of("names the special token " + TokenizerJson.quote(token));
        }
        return id;
    }

    boolean isSpecial(int id) {
        return special[id];
    }

    Map<String, Integer> specialTokens() {
        return specialTokens;
    }
}
