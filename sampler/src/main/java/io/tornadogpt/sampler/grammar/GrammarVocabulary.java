package io.tornadogpt.sampler.grammar;

import io.tornadogpt.tokenizer.Tokenizer;

/// A tokenizer's tokens, ordered for grammars. Made once for a tokenizer; may be used by any
/// thread.
public final class GrammarVocabulary {
    private final Tokenizer tokenizer;
    private final TokenTrie trie;

    public GrammarVocabulary(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
        trie = new TokenTrie(tokenizer);
    }

    Tokenizer tokenizer() {
        return tokenizer;
    }

    TokenTrie trie() {
        return trie;
    }
}
