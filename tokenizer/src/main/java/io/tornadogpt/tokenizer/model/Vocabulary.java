package io.tornadogpt.tokenizer.model;

import io.tornadogpt.tokenizer.json.JsonSection;

import org.jspecify.annotations.Nullable;

import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Tokens by id and ids by token. Ids may leave holes.
public final class Vocabulary {

    /// The largest number of tokens, and one more than the largest id.
    public static final int MAX_TOKENS = 1 << 20;

    /// No such token.
    public static final int NONE = -1;

    private final @Nullable String[] tokens;
    private final Map<String, Integer> ids;

    /// Tokens that no text becomes.
    private final BitSet hidden;

    private Vocabulary(@Nullable String[] tokens, Map<String, Integer> ids, BitSet hidden) {
        this.tokens = tokens;
        this.ids = ids;
        this.hidden = hidden;
    }

    /// @throws IllegalArgumentException with what is wrong, if two tokens have one id or an id is
    ///   out of range
    public static Vocabulary of(Map<String, Integer> ids) {
        int size = 0;
        for (Map.Entry<String, Integer> entry : ids.entrySet()) {
            if (entry.getValue() < 0 || entry.getValue() >= MAX_TOKENS) {
                throw new IllegalArgumentException(
                        "token id "
                                + entry.getValue()
                                + " is out of range; expected 0 to "
                                + (MAX_TOKENS - 1));
            }
            size = Math.max(size, entry.getValue() + 1);
        }
        @Nullable String[] tokens = new String[size];
        for (Map.Entry<String, Integer> entry : ids.entrySet()) {
            String other = tokens[entry.getValue()];
            if (other != null) {
                throw new IllegalArgumentException(
                        "gives id "
                                + entry.getValue()
                                + " to both "
                                + JsonSection.quote(other)
                                + " and "
                                + JsonSection.quote(entry.getKey()));
            }
            tokens[entry.getValue()] = entry.getKey();
        }
        return new Vocabulary(tokens, ids, new BitSet());
    }

    /// Tokens whose ids are their places; of equal ones the last is found by name.
    public static Vocabulary of(List<String> tokens) {
        Map<String, Integer> ids = HashMap.newHashMap(tokens.size());
        for (int id = 0; id < tokens.size(); id++) {
            ids.put(tokens.get(id), id);
        }
        return new Vocabulary(tokens.toArray(String[]::new), ids, new BitSet());
    }

    /// This vocabulary with some tokens that [#ordinary] does not find: names of special tokens in
    /// plain text are plain text.
    public Vocabulary hiding(BitSet special) {
        return new Vocabulary(tokens, ids, special);
    }

    /// One more than the largest id.
    public int size() {
        return tokens.length;
    }

    /// A token by id, or null where there is none.
    public @Nullable String token(int id) {
        return id >= 0 && id < tokens.length ? tokens[id] : null;
    }

    /// The id of a token that text may become, or [#NONE].
    public int ordinary(String token) {
        int id = id(token);
        return id != NONE && hidden.get(id) ? NONE : id;
    }

    public boolean isHidden(int id) {
        return hidden.get(id);
    }

    /// The id of a token, or [#NONE].
    public int id(String token) {
        Integer id = ids.get(token);
        return id == null ? NONE : id;
    }
}
