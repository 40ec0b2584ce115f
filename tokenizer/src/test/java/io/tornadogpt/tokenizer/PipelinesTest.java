package io.tornadogpt.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Random pipelines as a whole against Hugging Face's: added tokens with all flags, truncation,
/// padding, pairs, decoding.
class PipelinesTest {

    @TempDir private Path directory;

    static List<JsonNode> pipelines() throws IOException {
        List<JsonNode> all = new ArrayList<>();
        for (String line : Files.readAllLines(Golden.file("pipelines.jsonl"))) {
            all.add(new ObjectMapper().readTree(line));
        }
        return all;
    }

    @ParameterizedTest(name = "pipeline {index}")
    @MethodSource("pipelines")
    void givesHuggingFacesTokensAndTextsAlsoWhenSavedAgain(JsonNode golden) throws IOException {
        Tokenizer tokenizer = PipelinePeers.load(golden, directory);
        tokenizer.save(directory);
        Tokenizer saved = Tokenizer.load(directory.resolve("tokenizer.json"));

        assertEquals(List.of(), PipelinePeers.compare(tokenizer, golden));
        assertEquals(List.of(), PipelinePeers.compare(saved, golden));
    }
}
