package io.tornadogpt.trainer.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tornadogpt.core.model.Model;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PublishedShapesTest {
    @ParameterizedTest
    @CsvSource({
        "gpt3-125m, 125226240",
        "gpt3-175b, 174604259328",
        "llama-2-7b, 6738415616",
        "llama-2-13b, 13015864320",
        "llama-2-70b, 68976648192",
        "llama-3-8b, 8030261248",
        "llama-3-70b, 70553706496",
        "llama-3.1-405b, 405853388800",
        "llama-3.2-1b, 1235814400",
        "llama-3.2-3b, 3212749824",
        "falcon-7b, 6921720704",
        "falcon-40b, 41303293952",
    })
    void presetsHaveTheWeightsOfThePublishedModels(String name, long weights) {
        assertEquals(weights, new Model(Preset.named(name).model()).parameterCount());
    }

    @ParameterizedTest
    @CsvSource({
        "gpt3-125m, 12, 768",
        "gpt3-350m, 24, 1024",
        "gpt3-760m, 24, 1536",
        "gpt3-1.3b, 24, 2048",
        "gpt3-2.7b, 32, 2560",
        "gpt3-6.7b, 32, 4096",
        "gpt3-13b, 40, 5120",
        "gpt3-175b, 96, 12288",
    })
    void shapesOfGpt3AreThoseOfItsPaper(String name, int layers, int width) {
        long blocks = layers * (12L * width * width + 13L * width);
        long embeddings = (50_257L + 2048) * width;
        assertEquals(
                blocks + embeddings + 2L * width,
                new Model(Preset.named(name).model()).parameterCount());
    }
}
