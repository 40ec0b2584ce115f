package io.tornadogpt.sampler.grammar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import io.tornadogpt.sampler.engine.TokenConstraint;
import io.tornadogpt.tokenizer.BpeTrainer;
import io.tornadogpt.tokenizer.Tokenizer;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;

/// Which texts schemas allow, and that hostile schemas are refused or followed in bounded time.
@Timeout(60)
class GrammarTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    /// JSON with apostrophes for quotation marks.
    private static Grammar grammar(String schema) {
        return Grammar.ofSchema(json(schema));
    }

    private static JsonNode json(String text) {
        try {
            return JSON.readTree(text.replace('\'', '"'));
        } catch (JsonProcessingException e) {
            throw new AssertionError(text, e);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '¦',
            quoteCharacter = '`',
            value = {
                "{'type':'boolean'} ¦ true",
                "{'type':'null'} ¦ null",
                "{'type':['string','null']} ¦ null",
                "{'type':['string','null']} ¦ 'a'",
                "{'type':'integer'} ¦ 0",
                "{'type':'integer'} ¦ -17",
                "{'type':'number'} ¦ -0.25",
                "{'type':'number'} ¦ 1.5e-7",
                "{'type':'integer','minimum':3,'maximum':12} ¦ 3",
                "{'type':'integer','minimum':3,'maximum':12} ¦ 12",
                "{'type':'integer','minimum':-120,'exclusiveMaximum':99} ¦ -120",
                "{'type':'integer','minimum':-120,'exclusiveMaximum':99} ¦ 98",
                "{'type':'number','minimum':0,'maximum':1} ¦ 0.731",
                "{'type':'number','minimum':0,'maximum':1} ¦ 1",
                "{'type':'number','exclusiveMinimum':-2,'maximum':0} ¦ -1.999",
                "{'type':'string'} ¦ 'é€😀'",
                "{'type':'string'} ¦ '\\n\\u00e9\\\\'",
                "{'type':'string','minLength':2,'maxLength':3} ¦ '😀é'",
                "{'type':'string','pattern':'^[a-c]+[0-9]{2}$'} ¦ 'abca42'",
                "{'type':'string','pattern':'b+'} ¦ 'aabba'",
                "{'type':'string','pattern':'^(ab|cd)?x$|^y$'} ¦ 'cdx'",
                "{'type':'string','pattern':'^(ab|cd)?x$|^y$'} ¦ 'y'",
                "{'type':'string','pattern':'^\\\\w+@\\\\w+\\\\.(com|org)$'} ¦ 'me@home.org'",
                "{'type':'string','pattern':'^[^a]$'} ¦ '\\n'",
                "{'type':'string','pattern':'^\\\\u{1F600}$'} ¦ '😀'",
                "{'type':'string','format':'date'} ¦ '2026-02-28'",
                "{'type':'string','format':'uuid'} ¦ '123e4567-e89b-12d3-a456-426614174000'",
                "{'enum':['a',2,null,{'b':[1]}]} ¦ {'b':[1]}",
                "{'const':'it is'} ¦ 'it is'",
                "{'type':'array','items':{'type':'integer'}} ¦ []",
                "{'type':'array','items':{'type':'integer'}} ¦ [1, 2,3]",
                "{'type':'array','items':{'type':'integer'},'minItems':2,'maxItems':3} ¦ [1,2]",
                "{'prefixItems':[{'type':'string'},{'type':'integer'}],'items':false} ¦ ['a', 1]",
                "{'prefixItems':[{'type':'string'}],'items':{'type':'null'}} ¦ ['a',null,null]",
                "{'type':'object'} ¦ {}",
                "{'type':'object'} ¦ {'a': {'b': [1, {'c': 'd'}]}, 'e': true}",
                "{'properties':{'a':{'type':'integer'},'b':{'type':'string'}}} ¦ {'a':1,'b':'x'}",
                "{'properties':{'a':{'type':'integer'},'b':{'type':'string'}}} ¦ {'b':'x'}",
                "{'properties':{'a':{'type':'integer'},'b':{'type':'string'}}} ¦ {}",
                "{'properties':{'a':{'type':'integer'}},'required':['a'],'additionalProperties':{'type':'null'}}"
                    + " ¦ {'a':1, 'ab':null}",
                "{'required':['x']} ¦ {'x': [1]}",
                "{'anyOf':[{'type':'integer'},{'type':'string','maxLength':1}]} ¦ 'a'",
                "{'allOf':[{'$ref':'#/$defs/n'}],'$defs':{'n':{'type':'integer'}}} ¦ 4",
                "{'$ref':'#/$defs/a~1b%20c','$defs':{'a/b c':{'const':1}}} ¦ 1",
                "{'type':'object','properties':{'next':{'$ref':'#'}}} ¦ {'next': {'next': {}}}",
                "true ¦ [1, 'a', null]",
                "{} ¦ 'anything'",
                "{'type':'object','properties':{'q\\\"':{'type':'null'}}} ¦ {'q\\\"':null}"
            })
    void validTextIsAllowed(String schema, String text) {
        assertTrue(grammar(schema).matches(text.replace('\'', '"')), schema);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '¦',
            quoteCharacter = '`',
            value = {
                "{'type':'boolean'} ¦ 1",
                "{'type':'integer'} ¦ 01",
                "{'type':'integer'} ¦ 1.0",
                "{'type':'integer'} ¦ -0",
                "{'type':'integer'} ¦ -",
                "{'type':'number'} ¦ 1.",
                "{'type':'number'} ¦ .5",
                "{'type':'number'} ¦ 1e5000",
                "{'type':'integer','minimum':3,'maximum':12} ¦ 2",
                "{'type':'integer','minimum':3,'maximum':12} ¦ 13",
                "{'type':'integer','minimum':-120,'exclusiveMaximum':99} ¦ 99",
                "{'type':'integer','minimum':-120,'exclusiveMaximum':99} ¦ -121",
                "{'type':'number','minimum':0,'maximum':1} ¦ 1.1",
                "{'type':'number','minimum':0,'maximum':1} ¦ -0.1",
                "{'type':'number','exclusiveMinimum':-2,'maximum':0} ¦ -2",
                "{'type':'number','exclusiveMinimum':-2,'maximum':0} ¦ 0.5",
                "{'type':'string'} ¦ 'a",
                "{'type':'string'} ¦ '\\ud800'",
                "{'type':'string'} ¦ '\\x'",
                "{'type':'string','minLength':2,'maxLength':3} ¦ '😀'",
                "{'type':'string','minLength':2,'maxLength':3} ¦ 'abcd'",
                "{'type':'string','pattern':'^[a-c]+[0-9]{2}$'} ¦ 'abcd42'",
                "{'type':'string','pattern':'^[a-c]+[0-9]{2}$'} ¦ 'abc4'",
                "{'type':'string','pattern':'b+'} ¦ 'aaa'",
                "{'type':'string','pattern':'^[^a]$'} ¦ 'a'",
                "{'type':'string','format':'date'} ¦ '2026-13-01'",
                "{'enum':['a',2]} ¦ 'b'",
                "{'enum':['a',2],'type':'string'} ¦ 2",
                "{'type':'array','items':{'type':'integer'}} ¦ [1,]",
                "{'type':'array','items':{'type':'integer'}} ¦ ['a']",
                "{'type':'array','items':{'type':'integer'},'minItems':2,'maxItems':3} ¦ [1]",
                "{'type':'array','items':{'type':'integer'},'minItems':2,'maxItems':3} ¦ [1,2,3,4]",
                "{'prefixItems':[{'type':'string'}],'items':false} ¦ ['a', 1]",
                "{'properties':{'a':{'type':'integer'}}} ¦ {'b': 1}",
                "{'properties':{'a':{'type':'integer'}}} ¦ {'a': 1,}",
                "{'properties':{'a':{'type':'integer'}}} ¦ {'a': 1, 'a': 2}",
                "{'properties':{'a':{},'b':{}},'required':['b']} ¦ {'a': 1}",
                "{'properties':{'ab':{'type':'integer'}},'additionalProperties':true} ¦ {'ab':"
                        + " 'x'}",
                "{'type':'object'} ¦ [1]",
                "{'anyOf':[{'type':'integer'},{'type':'string','maxLength':1}]} ¦ 'ab'",
                "true ¦ tru",
            })
    void invalidTextIsNot(String schema, String text) {
        assertFalse(grammar(schema).matches(text.replace('\'', '"')), schema);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "3",
                "{'type':'text'}",
                "{'type':'object','properties':[]}",
                "{'not':{'type':'string'}}",
                "{'type':'integer','multipleOf':3}",
                "{'type':'object','patternProperties':{'a':{}}}",
                "{'type':'array','uniqueItems':true}",
                "{'$ref':'https://example.com/schema.json'}",
                "{'$ref':'file:///etc/passwd'}",
                "{'$ref':'#/$defs/none'}",
                "{'$ref':7}",
                "{'allOf':[{'type':'string'},{'minLength':2}]}",
                "{'anyOf':[]}",
                "{'type':'string','pattern':'(a'}",
                "{'type':'string','pattern':'a)'}",
                "{'type':'string','pattern':'[a'}",
                "{'type':'string','pattern':'(?=a)b'}",
                "{'type':'string','pattern':'(a)\\\\1'}",
                "{'type':'string','pattern':'a**'}",
                "{'type':'string','pattern':'a{5,2}'}",
                "{'type':'string','pattern':'a{99999}'}",
                "{'type':'string','pattern':'\\\\p{L}'}",
                "{'type':'string','pattern':'a^b'}",
                "{'type':'string','pattern':'a','maxLength':3}",
                "{'type':'string','minLength':3,'maxLength':2}",
                "{'type':'string','maxLength':1000000000}",
                "{'type':'array','minItems':-1}",
                "{'type':'integer','minimum':1e300}",
                "{'type':'integer','minimum':5,'maximum':4}",
                "{'enum':[]}",
                "{'enum':['a'],'type':'integer'}",
                "false",
                "{'$ref':'#'}",
                "{'anyOf':[{'$ref':'#'},{'$ref':'#'}]}",
                "{'type':'object','properties':{'a':{'$ref':'#'}},'required':['a']}",
                "{'type':'array','items':{'$ref':'#'},'minItems':1}",
                "{'properties':{},'required':['a']}"
            })
    void whatIsNotSupportedOrAllowsNothingIsRefused(String schema) {
        var refused = assertThrows(GrammarException.class, () -> grammar(schema));
        assertTrue(String.valueOf(refused.getMessage()).length() < 400, refused::getMessage);
    }

    @Test
    void schemasThatExplodeAreRefusedOrFollowedInBoundedTime() {
        var wide = new StringBuilder("{'anyOf':[");
        for (int i = 0; i < 5000; i++) {
            wide.append("{'type':'string','pattern':'^(a|b|c)*x").append(i).append("$'},");
        }
        wide.append("{'type':'null'}]}");
        var nested = new StringBuilder();
        for (int i = 0; i < 30; i++) {
            nested.append("{'type':'array','minItems':1000,'items':");
        }
        nested.append("{'type':'null'}").append("}".repeat(30));
        String stars = "(a|a)*".repeat(300);
        for (String schema :
                List.of(
                        wide.toString(),
                        nested.toString(),
                        "{'type':'string','pattern':'^" + stars + "b$'}",
                        "{'type':'string','pattern':'^((a{1,50}){1,50}){1,50}$'}",
                        "{'$defs':{'a':{'anyOf':[{'$ref':'#/$defs/b'},{'$ref':'#/$defs/b'}]},'b':{'anyOf':[{'$ref':'#/$defs/a'},{'$ref':'#/$defs/a'},{'const':1}]}},'$ref':'#/$defs/a'}")) {
            assertTimeout(
                    Duration.ofSeconds(5),
                    () -> {
                        try {
                            grammar(schema).matches("\"" + "a".repeat(200) + "\"");
                        } catch (GrammarException e) {
                            assertTrue(String.valueOf(e.getMessage()).length() < 400);
                        }
                    },
                    schema.substring(0, 40));
        }
    }

    /// Random walks over allowed tokens end in valid JSON, and never stand still before.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'type':'object'}",
                "{'type':'object','properties':{'next':{'$ref':'#'},'n':{'type':'integer','minimum':-5,'maximum':130}},'required':['n']}",
                "{'type':'array','minItems':3,'items':{'enum':['one','two',3]}}",
                "{'properties':{'name':{'type':'string','maxLength':12},'tags':{'type':'array','maxItems':3,'items':{'type':'string','pattern':'^[a-zé]{1,8}$'}},'score':{'type':'number','minimum':0,'maximum':1}},'required':['name','tags','score'],'additionalProperties':false}",
                "{'anyOf':[{'type':'array','items':{'$ref':'#'}},{'type':'string','format':'time'}]}"
            })
    void walksOverAllowedTokensEndInValidJson(String schema) {
        Tokenizer tokenizer =
                new BpeTrainer(400)
                        .train("{\"name\": \"one two\", \"tags\": [1, 2]} é€ ".repeat(50));
        int end = tokenizer.endOfText().orElseThrow();
        var vocabulary = new GrammarVocabulary(tokenizer);
        Grammar grammar = grammar(schema);
        var random = new Random(7);
        for (int walk = 0; walk < 40; walk++) {
            TokenConstraint constraint = grammar.constraint(vocabulary, Set.of(end));
            List<Integer> tokens = new ArrayList<>();
            while (tokens.isEmpty() || tokens.getLast() != end) {
                BitSet allowed = constraint.allowed();
                assertFalse(allowed.isEmpty(), () -> "stuck at " + text(tokenizer, tokens));
                int token = pick(allowed, tokens.size(), random, tokenizer, end);
                tokens.add(token);
                if (token != end) {
                    constraint.accept(token);
                }
                assertTrue(tokens.size() < 5000, "no end");
            }
            String text = text(tokenizer, tokens.subList(0, tokens.size() - 1));
            assertTrue(grammar.matches(text), text);
            json(text.replace("'", "`"));
        }
    }

    /// After some tokens those are preferred that close something.
    private static int pick(
            BitSet allowed, int length, Random random, Tokenizer tokenizer, int end) {
        int[] all = allowed.stream().toArray();
        if (allowed.get(end)) {
            return end;
        }
        if (length > 30) {
            for (int token : all) {
                if (Pattern.matches("[\"}\\]]", tokenizer.decode(token))) {
                    return token;
                }
            }
        }
        return all[random.nextInt(all.length)];
    }

    private static String text(Tokenizer tokenizer, List<Integer> tokens) {
        return tokenizer.decode(tokens.stream().mapToInt(id -> id).toArray());
    }

    @Test
    void tokensThatAreAllowedAreThoseThatGoOnSomehow() {
        Tokenizer tokenizer = new BpeTrainer(300).train("true false ".repeat(20));
        TokenConstraint constraint =
                grammar("{'type':'boolean'}")
                        .constraint(new GrammarVocabulary(tokenizer), Set.of());
        BitSet allowed = constraint.allowed();
        for (int id = 0; id < tokenizer.vocabularySize(); id++) {
            String text = tokenizer.decode(id);
            boolean begins =
                    !text.isEmpty() && ("true".startsWith(text) || "false".startsWith(text));
            assertEquals(begins, allowed.get(id), text);
        }
    }
}
