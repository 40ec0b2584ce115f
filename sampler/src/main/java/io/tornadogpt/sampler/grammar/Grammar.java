package io.tornadogpt.sampler.grammar;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import io.tornadogpt.sampler.engine.TokenConstraint;

import java.nio.charset.StandardCharsets;
import java.util.Set;

/// What a text has to be. Immutable, and may be used by any thread.
///
/// ```java
/// Grammar grammar = Grammar.ofSchema(schema);
/// var vocabulary = new GrammarVocabulary(tokenizer);
/// engine.submit(request.withConstraint(grammar.constraint(vocabulary, endTokens)));
/// ```
public final class Grammar {
    private final Automaton automaton;
    private final int start;
    private final int[] leastDepths;

    private Grammar(Automaton automaton, int start) {
        this.automaton = automaton;
        this.start = start;
        leastDepths = automaton.leastDepths();
        states(); // refuses what has no text
    }

    /// JSON that is valid against a schema (JSON Schema 2020-12, as far as docs/server.md says).
    /// What a schema leaves open is narrowed: objects have their properties in the schema's order,
    /// and none beside them unless the schema asks for such.
    ///
    /// @throws GrammarException if the schema is none, asks for what is not supported, is too
    ///   large, or allows nothing
    public static Grammar ofSchema(JsonNode schema) {
        var automaton = new Automaton();
        int start = new SchemaCompiler(automaton, schema).start();
        return new Grammar(automaton, start);
    }

    /// Any JSON object.
    public static Grammar anyObject() {
        return ofSchema(JsonNodeFactory.instance.objectNode().put("type", "object"));
    }

    private States states() {
        return new States(automaton, start, leastDepths);
    }

    /// Whether a whole text is one of this grammar.
    public boolean matches(String text) {
        States states = states();
        int state = states.start();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            state = states.next(states.keep(state), b & 0xFF);
            if (state == States.DEAD) {
                return false;
            }
        }
        return states.accepts(state);
    }

    /// Lets a request write texts of this grammar alone.
    ///
    /// @param endTokens those that may end it, where the grammar says that it may end
    public TokenConstraint constraint(GrammarVocabulary vocabulary, Set<Integer> endTokens) {
        return new GrammarConstraint(states(), vocabulary, endTokens);
    }
}
