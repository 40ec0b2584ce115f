package io.tornadogpt.trainer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.model.AdaptedModel;
import io.tornadogpt.core.model.GptConfig;
import io.tornadogpt.core.model.LogitsProgram;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.ModelConfig;
import io.tornadogpt.core.model.ModelDirectory;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.core.model.Trainable;
import io.tornadogpt.core.model.adapter.LoraConfig;
import io.tornadogpt.core.model.family.Task;
import io.tornadogpt.core.program.MemoryUse;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.tokenizer.CharTokenizer;
import io.tornadogpt.trainer.data.TrainingData;
import io.tornadogpt.trainer.loop.TextTask;
import io.tornadogpt.trainer.loop.TrainingPrograms;
import io.tornadogpt.trainer.run.RunDirectory;
import io.tornadogpt.trainer.run.Trainer;
import io.tornadogpt.trainer.settings.LoraSettings;
import io.tornadogpt.trainer.settings.RunSettings;
import io.tornadogpt.trainer.settings.TrainConfig;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

class AdapterTest {
    private static final int[] IDS = {3, 1, 4, 1, 5, 9, 2, 6};
    private static final String TEXT = "the quick brown fox jumps over the lazy dog\n".repeat(40);

    private static final LoraConfig ALL = LoraConfig.ofRank(16).withTargets(LoraConfig.ALL_LINEAR);

    @TempDir Path folder;

    private static Path golden(String name) {
        try {
            var url = AdapterTest.class.getResource("adapters");
            return Path.of(Objects.requireNonNull(url).toURI()).resolve(name);
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    private static ModelConfig gpt2() {
        return new GptConfig(12, 12, 768, 1024, 50257, true, 0).model();
    }

    private static ModelConfig small(int layers, int width) {
        return new GptConfig(layers, 2, width, 32, 40, true, 0).model();
    }

    @Test
    void peftsLayoutHasItsNumberOfTrainableWeights() {
        assertEquals(2_359_296, Trainable.of(new Model(gpt2()).with(ALL)).elements());
    }

    @Test
    void booksLayoutHasItsNumberOfTrainableWeights() {
        ModelConfig labels = gpt2().with(new Task.Labels(2, Task.Pooling.LAST));
        LoraConfig apart =
                LoraConfig.ofRank(16)
                        .withTargets("c_attn.q", "c_attn.k", "c_attn.v", "c_proj", "c_fc", "score");
        assertEquals(2_666_528, Trainable.of(new Model(labels).with(apart)).elements());
    }

    @Test
    void gradientsAndOptimizerStateAreAtMostThreePercentOfThoseOfTheWholeModel() {
        TrainConfig config = TrainConfig.defaults().with("batchSize=4", "blockSize=256");
        Model whole = new Model(gpt2());
        double full = stateBytes(whole, config);
        double adapter = stateBytes(whole.with(ALL), config);
        assertTrue(adapter <= 0.03 * full, adapter + " of " + full);
    }

    private static long stateBytes(Model model, TrainConfig config) {
        List<Program> programs = TrainingPrograms.of(model, config, false).programs();
        MemoryUse use = Backends.named("cpu").plan(programs);
        return use.bytes(Role.GRADIENT) + use.bytes(Role.OPTIMIZER);
    }

    private static float[] logits(Session session, LogitsProgram program) {
        session.write(program.tokens(), IDS);
        program.inputs().writePositions(session, program.program());
        session.run(program.program().name());
        return session.readFloats(program.logits());
    }

    @Test
    void newAdapterChangesNothing() {
        Model base = new Model(small(2, 16));
        Model adapted = base.with(ALL);
        LogitsProgram plain = base.logits("plain", 1, IDS.length);
        LogitsProgram withAdapter = adapted.logits("adapted", 1, IDS.length);
        try (Session session =
                Backends.named("cpu").open(List.of(plain.program(), withAdapter.program()))) {
            adapted.initialize(session, 3);
            assertArrayEquals(logits(session, plain), logits(session, withAdapter));
        }
    }

    @Test
    void severalAdaptersShareOneBaseInASession() throws IOException {
        StoredModel base = StoredModel.open(golden("gpt2/base"));
        AdaptedModel first = AdaptedModel.open(base, golden("gpt2/adapter")).named("first");
        AdaptedModel second =
                AdaptedModel.open(base, golden("gpt2-blocks/adapter")).named("second");
        LogitsProgram plain = base.model().logits("logits", 1, IDS.length);
        LogitsProgram one = first.model().logits("logits", 1, IDS.length);
        LogitsProgram two = second.model().logits("logits", 1, IDS.length);
        try (Session session =
                Backends.named("cpu")
                        .open(List.of(plain.program(), one.program(), two.program()))) {
            base.load(base.model(), session);
            first.loadAdapter(first.model(), session);
            second.loadAdapter(second.model(), session);
            assertArrayEquals(alone(base), logits(session, plain));
            assertArrayEquals(alone(first), logits(session, one));
            assertArrayEquals(alone(second), logits(session, two));
            assertNotEquals(alone(first)[0], alone(second)[0]);
        }
    }

    private static float[] alone(StoredModel stored) throws IOException {
        return alone(stored, stored.model());
    }

    private static float[] alone(StoredModel stored, Model model) throws IOException {
        LogitsProgram program = model.logits("logits", 1, IDS.length);
        try (Session session = Backends.named("cpu").open(List.of(program.program()))) {
            stored.load(model, session);
            return logits(session, program);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "gpt2-all-linear", "gpt-neo", "llama"})
    void adapterIsMergedIntoAModelThatHasNoneOrAnother(String name) throws IOException {
        AdaptedModel stored =
                AdaptedModel.open(
                        StoredModel.open(golden(name).resolve("base")),
                        golden(name).resolve("adapter"));
        float[] expected = alone(stored);
        var plain = new Model(stored.config());
        assertArrayEquals(expected, alone(stored, plain), 1e-4f);
        Model apart = plain.with(LoraConfig.ofRank(2));
        LogitsProgram program = apart.logits("logits", 1, IDS.length);
        try (Session session = Backends.named("cpu").open(List.of(program.program()))) {
            stored.loadUnderHead(apart, session, 4);
            assertArrayEquals(expected, logits(session, program), 1e-4f);
        }
    }

    @Test
    void baseMayBeHeldAsBf16() throws IOException {
        AdaptedModel stored =
                AdaptedModel.open(StoredModel.open(golden("llama/base")), golden("llama/adapter"));
        float[] exact = alone(stored);
        float[] rounded = alone(stored, stored.model().withWeights(DType.BF16));
        for (int i = 0; i < exact.length; i++) {
            assertEquals(exact[i], rounded[i], 0.1f);
        }
    }

    @Test
    void adapterForAnotherModelIsRefusedByTheTensorThatDiffers() throws IOException {
        StoredModel wider = saved(small(2, 24), "wider");
        var e =
                assertThrows(
                        ModelFileException.class,
                        () -> AdaptedModel.open(wider, golden("gpt2/adapter")));
        assertTrue(e.getMessage().contains("c_attn.lora_"), e.getMessage());
        assertTrue(
                e.getMessage().contains("32]") || e.getMessage().contains("[96"), e.getMessage());

        StoredModel shorter = saved(small(1, 32), "shorter");
        e =
                assertThrows(
                        ModelFileException.class,
                        () -> AdaptedModel.open(shorter, golden("gpt2/adapter")));
        assertTrue(e.getMessage().contains("h.1.attn.c_attn"), e.getMessage());
        assertTrue(e.getMessage().contains("1 blocks"), e.getMessage());

        StoredModel llama = StoredModel.open(golden("llama/base"));
        e =
                assertThrows(
                        ModelFileException.class,
                        () -> AdaptedModel.open(llama, golden("gpt2/adapter")));
        assertTrue(e.getMessage().contains("llama"), e.getMessage());
    }

    private StoredModel saved(ModelConfig config, String name) throws IOException {
        Path directory = Files.createDirectories(folder.resolve(name));
        var model = new Model(config);
        LogitsProgram program = model.logits("logits", 1, IDS.length);
        try (Session session = Backends.named("cpu").open(List.of(program.program()))) {
            model.initialize(session, 1);
            ModelDirectory.save(directory, model, session);
        }
        return StoredModel.open(directory);
    }

    @Test
    void whatIsNotLowRankIsRefusedByItsName() throws IOException {
        assertRefused("\"use_dora\": false", "\"use_dora\": true", "use_dora");
        assertRefused("\"peft_type\": \"LORA\"", "\"peft_type\": \"LOHA\"", "LOHA");
        assertRefused("\"bias\": \"none\"", "\"bias\": \"all\"", "bias");
        assertRefused("\"init_lora_weights\": true", "\"init_lora_weights\": \"pissa\"", "pissa");
        assertRefused("\"r\": 4", "\"r\": 5", "lora_");
    }

    private void assertRefused(String there, String instead, String named) throws IOException {
        Path directory = Files.createDirectories(folder.resolve("refused"));
        Path from = golden("gpt2/adapter");
        String config = Files.readString(from.resolve("adapter_config.json"));
        assertTrue(config.contains(there), config);
        Files.writeString(directory.resolve("adapter_config.json"), config.replace(there, instead));
        Path tensors = directory.resolve("adapter_model.safetensors");
        Files.deleteIfExists(tensors);
        Files.copy(from.resolve("adapter_model.safetensors"), tensors);
        StoredModel base = StoredModel.open(golden("gpt2/base"));
        var e = assertThrows(ModelFileException.class, () -> AdaptedModel.open(base, directory));
        assertTrue(e.getMessage().contains(named), e.getMessage());
    }

    @Test
    void targetThatIsNoLinearLayerIsRefusedWithThoseThatAre() {
        Model model = new Model(small(2, 16));
        for (String target : List.of("q_proj", "wte", "lm_head", ".*nothing")) {
            var e =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> model.with(LoraConfig.ofRank(2).withTargets(target)));
            assertTrue(e.getMessage().contains("attn.c_attn"), e.getMessage());
        }
        var e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> model.with(LoraConfig.ofRank(2).withTargets("h.0.attn.c_attn")));
        assertTrue(e.getMessage().contains("transformer.h.0.attn.c_attn"), e.getMessage());
    }

    private static RunSettings settings(ModelConfig model, int steps) {
        TrainConfig train =
                TrainConfig.defaults()
                        .with(
                                "batchSize=2",
                                "blockSize=16",
                                "steps=" + steps,
                                "evalInterval=3",
                                "evalBatches=1",
                                "checkpointInterval=3",
                                "learningRate=1e-2",
                                "warmupSteps=0",
                                "schedule=constant",
                                "sampleInterval=0");
        return new RunSettings(model, train, true)
                .with(LoraSettings.GROUP, new LoraSettings(4, 8, 0.1, "c_attn,c_fc", true));
    }

    private Trainer trainer(StoredModel base, TrainingData data, int steps, String name) {
        return new Trainer(settings(base.config(), steps), new TextTask(data), folder.resolve(name))
                .startFrom(base);
    }

    @Test
    void resumedRunOfAnAdapterMatchesUninterruptedRunBitForBit() throws IOException {
        var tokenizer = CharTokenizer.train(TEXT);
        StoredModel base = saved(small(2, 16).withVocabulary(tokenizer.vocabularySize()), "base");
        try (TrainingData data = TrainingData.of(tokenizer, TEXT)) {
            trainer(base, data, 6, "whole").run();
            trainer(base, data, 3, "parts").run();
            trainer(base, data, 6, "parts").resume().run();
            var whole = new RunDirectory(folder.resolve("whole"));
            var parts = new RunDirectory(folder.resolve("parts"));
            List<String> files = names(whole.checkpoint(6));
            assertFalse(files.contains("model.safetensors"), files.toString());
            for (String file : List.of("adapter_model.safetensors", "optimizer.safetensors")) {
                assertArrayEquals(
                        Files.readAllBytes(whole.checkpoint(6).resolve(file)),
                        Files.readAllBytes(parts.checkpoint(6).resolve(file)),
                        file);
            }
            assertArrayEquals(
                    Files.readAllBytes(whole.adapter().resolve("adapter_model.safetensors")),
                    Files.readAllBytes(parts.adapter().resolve("adapter_model.safetensors")));
            assertEquals(whole.adapter(), whole.model());
            StoredModel trained = StoredModel.open(whole.model());
            assertNotEquals(alone(base)[0], alone(trained)[0]);

            saved(small(2, 16).withVocabulary(tokenizer.vocabularySize()), "other");
            Files.write(
                    base.path().resolve("model.safetensors"),
                    changed(base.path().resolve("model.safetensors")));
            var e =
                    assertThrows(
                            ModelFileException.class,
                            () -> trainer(base, data, 9, "parts").resume().run());
            assertTrue(e.getMessage().contains("was trained on"), e.getMessage());
        }
    }

    private static byte[] changed(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 1] ^= 1;
        return bytes;
    }

    private static List<String> names(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void adapterOfNoModelIsRefusedBeforeTheRun() throws IOException {
        var tokenizer = CharTokenizer.train(TEXT);
        ModelConfig config = small(2, 16).withVocabulary(tokenizer.vocabularySize());
        try (TrainingData data = TrainingData.of(tokenizer, TEXT)) {
            var trainer =
                    new Trainer(settings(config, 3), new TextTask(data), folder.resolve("none"));
            var e = assertThrows(IllegalArgumentException.class, trainer::run);
            assertTrue(e.getMessage().contains("lora.rank is 4"), e.getMessage());
            assertFalse(Files.exists(folder.resolve("none")));
        }
    }
}
