package io.tornadogpt.core.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tornadogpt.core.files.StorageType;
import io.tornadogpt.core.model.family.Task;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Objects;

/// Models that people publish, known by their `config.json` alone.
class PublishedModelsTest {
    @TempDir Path folder;

    private static ModelConfig config(String name) throws IOException {
        try {
            var url = PublishedModelsTest.class.getResource("configs/" + name + ".json");
            return ModelConfig.read(Path.of(Objects.requireNonNull(url).toURI()));
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "tinyllama-1.1b, 1100048384",
        "smollm2-135m, 134515008",
        "smollm2-360m, 361821120",
        "qwen2.5-0.5b, 494032768",
        "qwen3-0.6b, 596049920",
        "mistral-7b, 7241732096",
        "falcon-7b, 6921720704",
        "falcon-40b, 41303293952",
        "pythia-160m, 162322944",
        "opt-125m, 125239296",
        "phi-2, 2779683840",
        "bert-base, 109482240",
        "distilbert-base, 66362880",
        "roberta-base, 124645632",
        "modernbert-base, 149014272",
    })
    void configurationTellsTheNumberOfWeights(String name, long weights) throws IOException {
        assertEquals(weights, new Model(config(name)).parameterCount());
    }

    @Test
    void headForMaskedTokensIsCountedWithItsModel() throws IOException {
        var model = new Model(config("modernbert-base").with(new Task.Tokens()));
        assertEquals(149_655_232, model.parameterCount());
    }

    @ParameterizedTest
    @CsvSource({
        "tinyllama-1.1b", "qwen2.5-0.5b", "qwen3-0.6b", "mistral-7b", "falcon-7b", "falcon-40b",
        "pythia-160m", "opt-125m", "phi-2", "bert-base", "distilbert-base", "roberta-base",
        "modernbert-base",
    })
    void configurationComesBackFromWhatIsWritten(String name) throws IOException {
        ModelConfig config = config(name);
        Path file = folder.resolve("config.json");
        config.write(file, StorageType.F32);
        assertEquals(config, ModelConfig.read(file));
    }
}
