package io.tornadogpt.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.tokenizer.decoder.Decoders;
import io.tornadogpt.tokenizer.json.JsonSection;
import io.tornadogpt.tokenizer.json.Stage;
import io.tornadogpt.tokenizer.json.StageReaders;
import io.tornadogpt.tokenizer.normalizer.Normalizers;
import io.tornadogpt.tokenizer.pretokenizer.PreTokenizers;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Each stage by itself against Hugging Face's.
class StagesTest {

    /// Its blob needs a real file; [RealTokenizersTest] has it.
    private static final Set<String> TESTED_ELSEWHERE = Set.of("Precompiled");

    @TempDir private Path directory;

    static List<StageCases.StageCase> stages() throws IOException {
        return StageCases.read(Golden.file("stages.jsonl")).stream()
                .filter(each -> !each.section().equals("model"))
                .toList();
    }

    static List<StageCases.StageCase> models() throws IOException {
        return StageCases.read(Golden.file("stages.jsonl")).stream()
                .filter(each -> each.section().equals("model"))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("stages")
    void makesOfEachTextWhatHuggingFaceMakes(StageCases.StageCase each) throws IOException {
        Stage stage = StageCases.stage(each);
        for (JsonNode pair : each.cases()) {
            assertEquals(
                    pair.get(1), StageCases.output(stage, pair.get(0)), pair.get(0).toString());
        }
    }

    @ParameterizedTest
    @MethodSource("stages")
    void comesBackFromItsOwnJson(StageCases.StageCase each) throws IOException {
        Stage stage = StageCases.stage(each);
        ObjectNode written = stage.toJson();
        Stage read =
                StageCases.stage(new StageCases.StageCase(each.section(), written, each.cases()));

        assertEquals(stage, read);
        each.stage()
                .fieldNames()
                .forEachRemaining(name -> assertTrue(written.has(name), "lost " + name));
    }

    /// A new stage has to come with cases: add them to `stages.py`.
    @Test
    void everyTypeThatIsReadHasCases() throws IOException {
        Set<String> seen = new HashSet<>(TESTED_ELSEWHERE);
        for (StageCases.StageCase each : stages()) {
            seen.add(each.stage().get("type").asText());
        }
        for (StageReaders<?> readers :
                List.of(Normalizers.READERS, PreTokenizers.READERS, Decoders.READERS)) {
            assertTrue(seen.containsAll(readers.types()), readers.types() + " but " + seen);
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void modelsGiveTheIdsOfHuggingFace(StageCases.StageCase each) throws IOException {
        Tokenizer cut = load(each.stage(), "{\"type\": \"WhitespaceSplit\"}");
        Tokenizer whole = load(each.stage(), "null");
        Path saved = directory.resolve("saved");
        whole.save(saved);
        Tokenizer again = Tokenizer.load(saved);
        for (JsonNode golden : each.cases()) {
            String text = golden.get(0).asText();
            assertArrayEquals(Golden.ids(golden.get(1)), cut.encode(text), text);
            assertArrayEquals(Golden.ids(golden.get(2)), whole.encode(text), text);
            assertArrayEquals(Golden.ids(golden.get(2)), again.encode(text), text);
        }
    }

    @Test
    void aStageOfUnknownTypeIsRefusedWithTheKnownOnes() {
        JsonNode stage = new ObjectMapper().createObjectNode().put("type", "UnicodeScripts");

        TokenizerFormatException e =
                org.junit.jupiter.api.Assertions.assertThrows(
                        TokenizerFormatException.class,
                        () ->
                                PreTokenizers.READERS.read(
                                        new JsonSection(
                                                Path.of("t.json"), "pre_tokenizer", stage)));
        assertEquals(
                "t.json: pre_tokenizer \"UnicodeScripts\" is not supported; expected one of "
                        + String.join(", ", PreTokenizers.READERS.types()),
                e.getMessage());
    }

    private Tokenizer load(JsonNode model, String preTokenizer) throws IOException {
        Path file = directory.resolve("tokenizer.json");
        Files.writeString(
                file,
                "{\"added_tokens\": [], \"normalizer\": null, \"pre_tokenizer\": "
                        + preTokenizer
                        + ", \"post_processor\": null, \"decoder\": null, \"model\": "
                        + model
                        + "}");
        return Tokenizer.load(file);
    }
}
