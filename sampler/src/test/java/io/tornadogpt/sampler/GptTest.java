package io.tornadogpt.sampler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.EndTokens;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.ModelConfig;
import io.tornadogpt.core.model.ModelDirectory;
import io.tornadogpt.tokenizer.CharTokenizer;
import io.tornadogpt.tokenizer.Tokenizer;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

class GptTest {
    private static final Tokenizer LETTERS = CharTokenizer.train("\nabcdefgh");
    private static final Model MODEL = TinyModel.llama(LETTERS.vocabularySize(), 50);
    private static final GenerationOptions OPTIONS =
            new GenerationOptions(SamplingOptions.UNCHANGED, 40, 7);

    @TempDir private Path directory;

    @Test
    void modelOnDiskWritesWhatItWritesInMemory() throws IOException {
        save(MODEL.config());
        try (var gpt = open();
                var generator = TinyModel.open(MODEL, 1)) {
            String expected =
                    new TextGenerator(generator, LETTERS)
                            .generate("abc", OPTIONS, piece -> {})
                            .text();
            assertEquals(40, expected.length());
            assertEquals(expected, gpt.complete("abc", OPTIONS));
            var streamed = new StringBuilder();
            gpt.complete("abc", OPTIONS, streamed::append);
            assertEquals(expected, streamed.toString());
            assertEquals(
                    gpt.complete("abc"), gpt.complete("abc", Gpt.DEFAULT_OPTIONS), "by default");
        }
    }

    @Test
    void textEndsAtTheFirstTokenThatAnyFileNames() throws IOException {
        String whole;
        save(MODEL.config());
        try (var gpt = open()) {
            whole = gpt.complete("abc", OPTIONS);
        }
        int last = whole.chars().map(whole::indexOf).max().orElseThrow(); // the latest newcomer
        assertTrue(last > 1, whole);
        int inConfig = LETTERS.encode(whole.substring(last, last + 1))[0];
        save(MODEL.config().withSpecialTokens(Map.of("eos_token_id", IntNode.valueOf(inConfig))));
        try (var gpt = open()) {
            assertEquals(whole.substring(0, last), gpt.complete("abc", OPTIONS));
            assertEquals(Set.of(inConfig), gpt.endTokens());
        }
        int inList = LETTERS.encode(whole.substring(1, 2))[0];
        Files.writeString(
                directory.resolve("generation_config.json"),
                "{\"eos_token_id\": [%d, 4000, %d]}".formatted(inList, inList));
        try (var gpt = open()) {
            int end = whole.indexOf(LETTERS.decode(inList));
            assertTrue(end < last);
            assertEquals(whole.substring(0, end), gpt.complete("abc", OPTIONS));
            assertEquals(Set.of(inConfig, inList), gpt.endTokens());
        }
    }

    @Test
    void listOfEndTokensInTheConfigurationCountsWithoutItsFiles() {
        var list = JsonNodeFactory.instance.arrayNode().add(3).add(5);
        ModelConfig config = MODEL.config().withSpecialTokens(Map.of("eos_token_id", list));
        assertEquals(Set.of(3, 5), EndTokens.of(config));
        assertEquals(Set.of(), EndTokens.of(MODEL.config()));
    }

    @Test
    void brokenGenerationFileIsNamed() throws IOException {
        save(MODEL.config());
        for (String text : new String[] {"{", "[1]", ""}) {
            Files.writeString(directory.resolve("generation_config.json"), text);
            var error = assertThrows(IOException.class, this::open);
            String message = String.valueOf(error.getMessage());
            assertTrue(message.contains("generation_config.json"), message);
        }
    }

    private Gpt open() throws IOException {
        return Gpt.load(directory, TinyModel.REFERENCE, GeneratorSettings.DEFAULT);
    }

    private void save(ModelConfig config) throws IOException {
        var programs = GenerationPrograms.of(MODEL, 1);
        try (Session session = TinyModel.REFERENCE.open(programs.programs())) {
            TinyModel.weights(MODEL).writeTo(session);
            ModelDirectory.save(directory, new Model(config), session);
        }
        LETTERS.save(directory);
    }
}
