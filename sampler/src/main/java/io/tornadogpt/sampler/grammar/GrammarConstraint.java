package io.tornadogpt.sampler.grammar;

import io.tornadogpt.sampler.engine.TokenConstraint;

import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/// Holds one text to a grammar.
final class GrammarConstraint implements TokenConstraint {
    private static final int MOST_KEPT = 64;

    private final States states;
    private final GrammarVocabulary vocabulary;
    private final Set<Integer> endTokens;
    private final Map<Integer, BitSet> known = new LinkedHashMap<>(); // by state
    private int generation;
    private int state;

    GrammarConstraint(States states, GrammarVocabulary vocabulary, Set<Integer> endTokens) {
        this.states = states;
        this.vocabulary = vocabulary;
        this.endTokens = endTokens;
        state = states.start();
    }

    @Override
    public BitSet allowed() {
        state = states.keep(state);
        if (states.generation() != generation) {
            generation = states.generation();
            known.clear();
        }
        BitSet allowed = known.get(state);
        if (allowed == null) {
            allowed = compute();
            if (known.size() == MOST_KEPT) {
                known.clear();
            }
            known.put(state, allowed);
        }
        return allowed;
    }

    private BitSet compute() {
        BitSet allowed = vocabulary.trie().allowed(states, state);
        if (states.accepts(state)) {
            endTokens.forEach(allowed::set);
        } else if (allowed.isEmpty()) {
            throw new GrammarException(
                    "the grammar asks for a character that the tokenizer has no token for; allow"
                            + " another one");
        }
        return allowed;
    }

    @Override
    public void accept(int token) {
        for (byte b : vocabulary.tokenizer().tokenBytes(token)) {
            state = states.next(state, b & 0xFF);
            if (state == States.DEAD) {
                throw new IllegalStateException("token " + token + " was not allowed");
            }
        }
    }
}
