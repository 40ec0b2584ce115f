package io.tornadogpt.evaluation.card;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.model.GptConfig;
import io.tornadogpt.core.model.ModelConfig;
import io.tornadogpt.evaluation.Results;
import io.tornadogpt.tokenizer.CharTokenizer;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.run.RunDirectory;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

class ModelCardTest {
    private static final String SHA = "ab".repeat(32);
    private static final ModelConfig CONFIG = new GptConfig(2, 2, 12, 8, 20, true, 0).model();
    private static final Tokenizer TOKENIZER = CharTokenizer.train("abcdefghijklmnopqrst");

    @TempDir private Path folder;
    private Path run = Path.of("");
    private Path curated = Path.of("");

    @BeforeEach
    void writeRun() throws IOException {
        curated = Files.createDirectories(folder.resolve("somebody/curated"));
        run = Files.createDirectories(folder.resolve("somebody/runs/r1"));
        file(
                "run.json",
                """
                {"seed": 1, "order": "random", "device": "cpu", "source": "%s", "tokenizer": "char"}
                """
                        .formatted(curated.toString().replace("\\", "\\\\")));
        file(
                "settings.json",
                """
                {"model": {"nLayer": 2, "activation": "gelu_tanh"},
                 "train": {"batchSize": 4, "blockSize": 8, "gradAccumulation": 2, "steps": 3,
                           "learningRate": 0.00125, "frozen": "/home/somebody/list"}}
                """);
        file(
                "metrics.jsonl",
                """
                {"step":1,"loss":3.5127,"lr":0.001,"gradNorm":2.5,"tokensPerSecond":640.0}
                {"step":2,"loss":3.25,"lr":0.001,"gradNorm":2.5,"tokensPerSecond":320.0,"valLoss":2.9431}
                {"step":3,"loss":3.1416,"lr":0.001,"gradNorm":2.5,"tokensPerSecond":640.0,"valLoss":3.0752}
                """);
        file(
                "starts.jsonl",
                """
                {"step":0,"time":"2026-11-30T22:51:35Z","java":"25, Vendor","system":"Linux of somebody","processor":"Secret 9000","processors":2,"memory":25276063744,"device":"cpu (Vector API, 256 bits)","threads":2,"parameters":3888}
                """);
        file(
                Results.FILE,
                """
                {"results": {"blimp_x": {"acc": 0.7125, "acc_stderr": 0.0143, "n": 1000, "shots": 0, "chance": 0.5}}}
                """);
        Files.createDirectories(run.resolve("data"));
        Files.write(run.resolve("data/train.bin"), new byte[2]);
        file(
                "data/train.bin.json",
                """
                {"tokenizer": "char", "count": 81234, "vocabularySize": 20, "dtype": "uint16", "sha256": "%s", "textBytes": 90001}
                """
                        .formatted(SHA));
        Files.writeString(
                curated.resolve("manifest.json"),
                """
                {"recipe": "web", "recipeSha256": "%s", "input": {"documents": 777},
                 "documents": {"train": 555, "heldOut": 22, "removed": 200}}
                """
                        .formatted("cd".repeat(32)));
    }

    private void file(String name, String text) throws IOException {
        Path file = run.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private String card(CardSettings settings) throws IOException {
        return ModelCard.of(settings, CONFIG, TOKENIZER, new RunDirectory(run)).markdown();
    }

    @Test
    void figuresAreThoseOfTheRunsFiles() throws IOException {
        String card = card(CardSettings.named("My model").withLicense("mit"));
        for (String expected :
                List.of(
                        "license: mit\n",
                        "pipeline_tag: text-generation\n",
                        "- name: \"My model\"\n",
                        "    - type: acc\n      value: 0.7125\n",
                        "# My model\n",
                        "Source: `curated`.",
                        "| train.bin | 81,234 | 90,001 | " + SHA + " |",
                        "of 777 documents, 555 are for training, 22 are held out and 200 were"
                                + " removed",
                        "3 steps; the last one's loss is 3.1416 nats a token. The lowest validation"
                                + " loss is 2.9431, at step 2.",
                        "| 2 | 3.25 | 2.9431 |",
                        "| 3 | 3.1416 | 3.0752 |",
                        "| train.learningRate | 0.00125 |",
                        "| blimp\\_x | 1,000 | 0 | acc | 0.7125 | 0.0143 | 0.5 |",
                        "| tokens trained on | 192 |",
                        "| threads | 2 |",
                        // 64 / 640 + 64 / 320 + 64 / 640 seconds, 2 threads of 15 W
                        "| energy, estimated | 3.33e-06 kWh |",
                        "| CO2, estimated | 1.60e-03 g |")) {
            assertTrue(card.contains(expected), expected + " is not in\n" + card);
        }
    }

    @Test
    void nothingNamesTheMachineOrItsPaths() throws IOException {
        String card = card(CardSettings.named("m"));
        for (String secret : List.of("somebody", "Secret", "Linux", "/home", folder.toString())) {
            assertFalse(card.contains(secret), secret + " is in\n" + card);
        }
        String asked = card(CardSettings.named("m").withMachine(true));
        assertTrue(asked.contains("Secret 9000") && asked.contains("Source: `" + curated));
    }

    @Test
    void aFigureThatIsNowhereInTheRunIsNotInTheCard() throws IOException {
        for (String name :
                List.of("metrics.jsonl", "starts.jsonl", Results.FILE, "settings.json")) {
            Files.delete(run.resolve(name));
        }
        Files.delete(run.resolve("data/train.bin.json"));
        Files.delete(curated.resolve("manifest.json"));
        String card = card(CardSettings.named("m"));
        for (String heading : List.of("## Training\n", "## Evaluation", "## Compute", "SHA-256")) {
            assertFalse(card.contains(heading), heading);
        }
        assertTrue(card.contains("It was not evaluated on any task."));
        assertFalse(card.contains("model-index"));
    }

    @Test
    void aTextOfAFileIsNothingButText() throws IOException {
        file("settings.json", "{\"train\": {\"note\": \"<b>|`x`](http://y)\\n# z\"}}");
        String card = card(CardSettings.named("a \"b\" [c](d) <i>"));
        assertTrue(card.contains("| train.note | &lt;b\\>\\|\\`x\\`\\](http://y) \\# z |"), card);
        assertTrue(card.contains("# a \"b\" \\[c\\](d) &lt;i\\>\n"), card);
        assertTrue(card.contains("- name: \"a \\\"b\\\" [c](d) <i>\""), card);
    }

    @Test
    void thePictureShowsEveryValidatedStep() throws IOException {
        ModelCard.of(CardSettings.named("m"), CONFIG, TOKENIZER, new RunDirectory(run))
                .write(folder);
        String svg = Files.readString(folder.resolve("loss.svg"));
        assertTrue(Files.readString(folder.resolve("README.md")).contains("(loss.svg)"));
        assertEquals(2, Pattern.compile("<polyline").matcher(svg).results().count());
        String validation = svg.substring(svg.lastIndexOf("points=\""));
        assertEquals(2, validation.substring(0, validation.indexOf("\">")).split(",").length - 1);
        assertFalse(svg.contains("NaN"));
    }

    @Test
    void aModelWithoutARunHasACardOfItsConfiguration() {
        String card = ModelCard.of(CardSettings.named("m"), CONFIG, null).markdown();
        assertTrue(card.contains("2 layers, 2 heads, 12 channels, a context of 8 tokens"));
        assertTrue(card.contains("No run is known, so nothing is known of the data."));
        assertTrue(card.contains("license: unknown\n"));
    }

    @Test
    void aLicenseIsAShortName() {
        var e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> CardSettings.named("m").withLicense("Apache 2.0"));
        assertTrue(e.getMessage().startsWith("the license is 'Apache 2.0'; expected a short name"));
    }
}
