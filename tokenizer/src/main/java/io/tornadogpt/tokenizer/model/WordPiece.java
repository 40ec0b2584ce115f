package io.tornadogpt.tokenizer.model;

import com.fasterxml.jackson.core.JsonGenerator;

import io.tornadogpt.tokenizer.UnencodableTextException;
import io.tornadogpt.tokenizer.json.JsonSection;
import io.tornadogpt.tokenizer.text.IntArray;
import io.tornadogpt.tokenizer.text.Trie;

import java.io.IOException;

/// WordPiece (Wu et al. 2016, as in BERT): from the left, the longest token that the rest of the
/// word begins with. A word that cannot be made of tokens is unknown as a whole.
public final class WordPiece implements Model {

    private final Vocabulary vocabulary;
    private final String unkToken;
    private final String prefix;
    private final int maxChars;

    /// Tokens that begin a word, and those that go on, without their prefix.
    private final Trie begins = new Trie();

    private final Trie continues = new Trie();

    /// @param prefix what tokens that do not begin a word begin with
    /// @param maxChars longer words are unknown
    public WordPiece(Vocabulary vocabulary, String unkToken, String prefix, int maxChars) {
        this.vocabulary = vocabulary;
        this.unkToken = unkToken;
        this.prefix = prefix;
        this.maxChars = maxChars;
        for (int id = 0; id < vocabulary.size(); id++) {
            String token = vocabulary.token(id);
            if (token != null && !vocabulary.isHidden(id)) {
                begins.put(token, id);
                if (token.startsWith(prefix)) {
                    continues.put(token.substring(prefix.length()), id);
                }
            }
        }
    }

    @Override
    public String type() {
        return "WordPiece";
    }

    @Override
    public String kind() {
        return "WordPiece";
    }

    @Override
    public Vocabulary vocabulary() {
        return vocabulary;
    }

    public String unkToken() {
        return unkToken;
    }

    public String prefix() {
        return prefix;
    }

    @Override
    public Encoder encoder() {
        return new RecentPieces(this::encode);
    }

    private void encode(String word, IntArray out) {
        if (word.length() > maxChars && word.codePointCount(0, word.length()) > maxChars) {
            out.add(unk(word));
            return;
        }
        IntArray ids = new IntArray(16);
        for (int at = 0; at < word.length(); ) {
            Trie trie = at == 0 ? begins : continues;
            int end = trie.longestEnd(word, at);
            if (end == Trie.NONE) {
                out.add(unk(word));
                return;
            }
            ids.add(trie.get(word, at, end));
            at = end;
        }
        out.addAll(ids.raw(), 0, ids.size());
    }

    private int unk(String word) {
        int unk = vocabulary.id(unkToken);
        if (unk == Vocabulary.NONE) {
            throw new UnencodableTextException(
                    JsonSection.quote(word)
                            + " has no tokens in this vocabulary, which lacks its token for unknown"
                            + " words "
                            + JsonSection.quote(unkToken)
                            + " too",
                    0);
        }
        return unk;
    }

    @Override
    public void write(JsonGenerator json) throws IOException {
        json.writeStringField("unk_token", unkToken);
        json.writeStringField("continuing_subword_prefix", prefix);
        json.writeNumberField("max_input_chars_per_word", maxChars);
        VocabularyJson.write(json, vocabulary);
    }
}
