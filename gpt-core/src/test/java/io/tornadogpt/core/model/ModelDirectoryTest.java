package io.tornadogpt.core.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.core.files.FloatSource;
import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.files.SafetensorsFile;
import io.tornadogpt.core.files.SafetensorsWriter;
import io.tornadogpt.core.files.StorageType;
import io.tornadogpt.core.files.StoredTensor;
import io.tornadogpt.core.model.arch.Dropouts;
import io.tornadogpt.core.model.graph.Parameter;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

class ModelDirectoryTest {
    static final List<GptConfig> CONFIGS =
            List.of(
                    TinyModels.GPT2,
                    TinyModels.GPT2.withBias(false),
                    TinyModels.GPT2.withDropout(0.25),
                    TinyModels.UNTIED,
                    TinyModels.UNTIED.withBias(false),
                    TinyModels.GPT_NEO,
                    TinyModels.GPT_NEO.withBias(false),
                    TinyModels.GPT_NEO.withWindows("4,4,0"),
                    TinyModels.GPT_NEO.withWindows("0"));

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir Path folder;

    @ParameterizedTest
    @FieldSource("CONFIGS")
    void whatIsWrittenComesBack(GptConfig config) throws IOException {
        StoredModel stored = StoredModel.open(TinyModels.write(folder, config));
        assertEquals(config.model(), stored.config());
        try (OpenWeights weights = stored.openWeights()) {
            for (Parameter parameter : new Model(config).parameters()) {
                for (int slice = 0; slice < parameter.spec().slices(); slice++) {
                    assertArrayEquals(
                            TinyModels.WEIGHTS.read(parameter.spec(), slice),
                            weights.read(parameter.spec(), slice));
                }
            }
        }
    }

    @Test
    void modelWithoutBiasesHasZerosForOthersAndSaysSo() throws IOException {
        TinyModels.write(folder, TinyModels.GPT2.withBias(false));
        try (var file = SafetensorsFile.open(folder.resolve("model.safetensors"))) {
            assertArrayEquals(new float[6], file.floats("transformer.h.1.ln_2.bias"));
        }
        String config = Files.readString(folder.resolve("config.json"));
        assertTrue(config.contains("\"tornadogpt.bias\" : false"), config);
    }

    private ObjectNode config() throws IOException {
        return (ObjectNode) JSON.readTree(folder.resolve("config.json").toFile());
    }

    private void write(ObjectNode config) throws IOException {
        JSON.writeValue(folder.resolve("config.json").toFile(), config);
    }

    private String refusal() {
        var e = assertThrows(ModelFileException.class, () -> StoredModel.open(folder));
        String message = String.valueOf(e.getMessage());
        assertEquals(1, message.lines().count(), message);
        assertTrue(message.startsWith(folder.toString()), message);
        return message;
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "n_layer, 3, transformer.h.2.ln_1.weight",
                "n_layer, 1, transformer.h.1.",
                "n_layer, 0, n_layer",
                "n_layer, -1, n_layer",
                "n_layer, 1.5, n_layer",
                "n_layer, `\"2\"`, n_layer",
                "n_layer, 2000000000, n_layer",
                "n_layer, 99999999999999999999, n_layer",
                "n_head, 4, n_embd",
                "n_embd, 8, transformer.wte.weight",
                "n_embd, 2000000000, n_embd",
                "n_embd, 2147483646, n_embd",
                "vocab_size, 6, transformer.wte.weight",
                "vocab_size, 2147483647, vocab_size",
                "n_positions, 4, transformer.wpe.weight",
                "n_positions, 2147483647, n_positions",
                "n_inner, 23, mlp.c_fc.weight",
                "activation_function, `\"softplus\"`, activation_function",
                "activation_function, 1, activation_function",
                "layer_norm_epsilon, 0, layer_norm_epsilon",
                "layer_norm_epsilon, `\"NaN\"`, layer_norm_epsilon",
                "layer_norm_epsilon, 1e999, layer_norm_epsilon",
                "attn_pdrop, 1, attn_pdrop",
                "resid_pdrop, 1.5, resid_pdrop",
                "scale_attn_by_inverse_layer_idx, true, scale_attn_by_inverse_layer_idx",
                "scale_attn_weights, 0, scale_attn_weights",
                "add_cross_attention, true, add_cross_attention",
                "tie_word_embeddings, false, lm_head.weight",
                "tie_word_embeddings, 0, tie_word_embeddings",
                "model_type, `\"llama\"`, embed_tokens.weight",
                "model_type, `\"mamba\"`, model_type",
                "model_type, `\"gpt_neo\"`, transformer.wte.weight",
                "num_attention_heads, 3, num_attention_heads",
                "hidden_size, 12, hidden_size",
                "tornadogpt.bias, false, ln_1.bias",
                "tornadogpt.future, 1, tornadogpt.future",
            })
    void valueThatIsNotSupportedIsRefusedByName(String key, String value, String named)
            throws IOException {
        TinyModels.write(folder, TinyModels.GPT2);
        ObjectNode config = config();
        config.remove(key);
        String text = config.toString();
        Files.writeString(
                folder.resolve("config.json"),
                text.substring(0, text.length() - 1) + ",\"" + key + "\":" + value + "}");
        String message;
        if (key.equals("tornadogpt.bias")) {
            // Seen where values are looked at.
            StoredModel stored = StoredModel.open(folder);
            var e = assertThrows(ModelFileException.class, stored::openWeights);
            message = String.valueOf(e.getMessage());
        } else {
            message = refusal();
        }
        assertTrue(message.contains(named), message);
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "reorder_and_upcast_attn, true",
                "use_cache, false",
                "initializer_range, 99",
                "summary_type, `\"mean\"`",
                "n_ctx, 3",
                "n_inner, 24",
                "n_inner, null",
                "num_attention_heads, 2",
                "task_specific_params, `{\"text-generation\": {\"max_length\": 50}}`",
                "something_new, `{\"a\": [[[1]]]}`",
            })
    void keyThatCannotChangeTheNumbersIsIgnored(String key, String value) throws IOException {
        TinyModels.write(folder, TinyModels.GPT2);
        ObjectNode config = config();
        config.set(key, JSON.readTree(value));
        write(config);
        ModelConfig opened = StoredModel.open(folder).config();
        assertEquals(TinyModels.GPT2.model().withRemarksOf(opened), opened);
    }

    @Test
    void remarksAndSpecialTokensAreWrittenBack() throws IOException {
        TinyModels.write(folder, TinyModels.GPT2);
        ObjectNode config = config();
        config.put("initializer_range", 0.03).put("use_cache", false).putNull("pad_token_id");
        config.put("mask_token_id", 3).putArray("eos_token_id").add(1).add(2);
        config.remove("bos_token_id");
        write(config);
        ModelConfig opened = StoredModel.open(folder).config();
        opened.write(folder.resolve(ModelDirectory.CONFIG_FILE), StorageType.F32);
        ObjectNode written = config();
        for (String key : List.of("initializer_range", "use_cache", "mask_token_id")) {
            assertEquals(config.get(key), written.get(key), key);
        }
        assertEquals(config.get("eos_token_id"), written.get("eos_token_id"));
        assertTrue(written.get("pad_token_id").isNull());
        assertFalse(written.has("bos_token_id"));
        assertEquals(opened, StoredModel.open(folder).config());
    }

    @ParameterizedTest
    @CsvSource(
            value = {
                "quantization_config|{\"quant_method\": \"gptq\"}",
                "pruned_heads|{\"0\": [1]}",
                "is_encoder_decoder|true",
            },
            delimiter = '|',
            quoteCharacter = '`')
    void whatMakesAnotherModelIsRefusedByKeyAndValue(String key, String value) throws IOException {
        TinyModels.write(folder, TinyModels.GPT2);
        ObjectNode config = config();
        config.set(key, JSON.readTree(value));
        write(config);
        var e = assertThrows(ModelFileException.class, () -> StoredModel.open(folder));
        assertTrue(e.getMessage().contains(key), e.getMessage());
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "[[[`global`, `local`], 2]], for 4 layers",
                "[[[`global`, `local`], 2000000000]], layers",
                "[[[`global`, `sparse`], 1]], sparse",
                "[[[`global`, `local`], -1]], attention_types",
                "[[[`global`, `local`]]], attention_types",
                "[[`global`, 2]], expected a list",
                "7, expected a list",
            },
            delimiter = ';')
    void attentionTypesThatMakeNoSenseAreRefused(String row) throws IOException {
        int comma = row.lastIndexOf(", ");
        String types = row.substring(0, comma).replace('`', '"');
        TinyModels.write(folder, TinyModels.GPT_NEO);
        ObjectNode config = config();
        config.set("attention_types", JSON.readTree(types));
        write(config);
        String message = refusal();
        assertTrue(message.contains("attention_types"), message);
        assertTrue(message.contains(row.substring(comma + 2)), message);
    }

    @Test
    void attentionLayersCountWhereTypesAreMissingAndMayNotContradictThem() throws IOException {
        TinyModels.write(folder, TinyModels.GPT_NEO);
        ObjectNode config = config();
        config.set("attention_layers", JSON.readTree("[\"local\", \"global\"]"));
        write(config);
        assertTrue(refusal().contains("attention_layers"));
        config.remove("attention_types");
        write(config);
        assertEquals(
                List.of(3, 0),
                StoredModel.open(folder).config().architecture().attention().windows());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "7",
                "{",
                "{\"n_layer\": NaN}",
                "{\"n_layer\": 2, \"n_layer\": 2}",
                "{\"a\": {\"b\": 1, \"b\": 1}}",
                "{} {}",
                "{\"a\": [[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]}",
                "{\"a\": 11111111111111111111111111111111111111111111111111}"
            })
    void whatIsNoConfigurationIsRefused(String text) throws IOException {
        TinyModels.write(folder, TinyModels.GPT2);
        Files.writeString(folder.resolve("config.json"), text);
        assertTrue(refusal().contains("is not the JSON of a configuration"));
    }

    /// Only training has dropout, so a model is read whatever its three probabilities are.
    @Test
    void probabilitiesOfDropoutMayDiffer() throws IOException {
        TinyModels.write(folder, TinyModels.GPT2);
        ObjectNode config = config();
        config.put("embd_pdrop", 0.1).put("attn_pdrop", 0.2).put("resid_pdrop", 0.0);
        write(config);
        assertEquals(
                new Dropouts(0.1, 0.2, 0),
                StoredModel.open(folder).config().architecture().dropout());
    }

    @Test
    void otherEncodingsAndLongFilesAreRefused() throws IOException {
        TinyModels.write(folder, TinyModels.GPT2);
        Path file = folder.resolve("config.json");
        Files.write(file, "{\"a\": \"\u00e9\"}".getBytes(StandardCharsets.ISO_8859_1));
        assertTrue(refusal().contains("not UTF-8"));
        Files.writeString(file, "{}" + " ".repeat(300_000));
        assertTrue(refusal().contains("at most"));
        Files.delete(file);
        assertTrue(refusal().contains("does not exist"));
    }

    /// Writes the weights anew, with other names.
    private void rename(UnaryOperator<String> names) throws IOException {
        Path file = folder.resolve("model.safetensors");
        var writer = new SafetensorsWriter();
        try (var old = SafetensorsFile.open(file)) {
            for (StoredTensor tensor : old.tensors()) {
                String name = names.apply(tensor.name());
                if (!name.isEmpty()) {
                    writer.tensor(name, tensor.type(), tensor.shape(), old.bytes(tensor.name()));
                }
            }
            writer.write(folder.resolve("renamed.safetensors"));
        }
        Files.move(
                folder.resolve("renamed.safetensors"), file, StandardCopyOption.REPLACE_EXISTING);
    }

    @Test
    void missingAndUnknownTensorsAreRefusedByName() throws IOException {
        TinyModels.write(folder, TinyModels.GPT2);
        rename(name -> name.equals("transformer.h.1.mlp.c_fc.bias") ? "" : name);
        assertTrue(refusal().contains("'transformer.h.1.mlp.c_fc.bias' is missing"));
        TinyModels.write(folder, TinyModels.GPT_NEO);
        rename(name -> name.replace("h.1.attn.attention.k_proj", "h.1.attn.attention.x_proj"));
        assertTrue(refusal().contains("h.1.attn.attention.k_proj.weight"));
        add("transformer.h.0.lora.weight", FloatSource.ZEROS, TinyModels.GPT2, 3);
        assertTrue(refusal().contains("'transformer.h.0.lora.weight'"));
    }

    private void add(String name, FloatSource values, GptConfig config, long... shape)
            throws IOException {
        TinyModels.write(folder, config);
        Path file = folder.resolve("model.safetensors");
        var writer = new SafetensorsWriter();
        var dimensions = new ArrayList<Long>();
        for (long dimension : shape) {
            dimensions.add(dimension);
        }
        try (var old = SafetensorsFile.open(file)) {
            for (StoredTensor tensor : old.tensors()) {
                writer.tensor(
                        tensor.name(), tensor.type(), tensor.shape(), old.bytes(tensor.name()));
            }
            writer.tensor(name, StorageType.F32, dimensions, values);
            writer.write(folder.resolve("more.safetensors"));
        }
        Files.move(folder.resolve("more.safetensors"), file, StandardCopyOption.REPLACE_EXISTING);
    }

    @Test
    void masksOfOldFilesAreNoWeights() throws IOException {
        add("transformer.h.0.attn.masked_bias", FloatSource.ZEROS, TinyModels.GPT2);
        assertEquals(TinyModels.GPT2.model(), StoredModel.open(folder).config());
        add(
                "transformer.h.0.attn.attention.bias",
                FloatSource.ZEROS,
                TinyModels.GPT_NEO,
                1,
                1,
                5,
                5);
        assertEquals(TinyModels.GPT_NEO.model(), StoredModel.open(folder).config());
    }

    @ParameterizedTest
    @FieldSource("CONFIGS")
    void namesMayLackTheModuleThatHoldsTheModel(GptConfig config) throws IOException {
        TinyModels.write(folder, config);
        long elements = TinyModels.readAll(StoredModel.open(folder));
        rename(name -> name.replace("transformer.", ""));
        assertEquals(elements, TinyModels.readAll(StoredModel.open(folder)));
    }

    @Test
    void tiedHeadMayBeStoredIfItIsTheEmbedding() throws IOException {
        float[] embedding =
                TinyModels.WEIGHTS.read(
                        new Model(TinyModels.GPT2).parameters().getFirst().spec(), 0);
        FloatSource same =
                (from, block, count) -> System.arraycopy(embedding, (int) from, block, 0, count);
        add("lm_head.weight", same, TinyModels.GPT2, 7, 6);
        assertTrue(TinyModels.readAll(StoredModel.open(folder)) > 0);
        add("lm_head.weight", FloatSource.ZEROS, TinyModels.GPT2, 7, 6);
        StoredModel stored = StoredModel.open(folder);
        var e = assertThrows(ModelFileException.class, stored::openWeights);
        assertTrue(String.valueOf(e.getMessage()).contains("tie_word_embeddings"));
        add("lm_head.weight", FloatSource.ZEROS, TinyModels.GPT2, 6, 7);
        assertTrue(refusal().contains("lm_head.weight"));
    }

    /// As safetensors' `save_model` leaves it: of two names for the same memory it keeps one.
    @ParameterizedTest
    @FieldSource("CONFIGS")
    void tiedEmbeddingMayBeStoredUnderTheHeadsName(GptConfig config) throws IOException {
        if (!config.model().architecture().embedding().tied()) {
            return;
        }
        float[] embedding =
                TinyModels.WEIGHTS.read(new Model(config).parameters().getFirst().spec(), 0);
        for (String prefix : List.of("transformer.", "")) {
            TinyModels.write(folder, config);
            rename(
                    name ->
                            name.equals("transformer.wte.weight")
                                    ? "lm_head.weight"
                                    : name.replace("transformer.", prefix));
            StoredModel stored = StoredModel.open(folder);
            try (OpenWeights weights = stored.openWeights()) {
                var spec = new Model(config).parameters().getFirst().spec();
                assertArrayEquals(embedding, weights.read(spec, 0));
            }
        }
    }

    @Test
    void untiedHeadDoesNotStandInForTheEmbedding() throws IOException {
        TinyModels.write(folder, TinyModels.UNTIED);
        rename(name -> name.equals("transformer.wte.weight") ? "" : name);
        assertTrue(refusal().contains("wte.weight' is missing"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"model.safetensors", "config.json"})
    void pointerOfGitLfsIsCalledSo(String name) throws IOException {
        TinyModels.write(folder, TinyModels.GPT2);
        Files.writeString(
                folder.resolve(name),
                """
                version https://git-lfs.example/spec/v1
                oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
                size 12345
                """);
        String message = refusal();
        assertTrue(message.contains(name + ": the file is a Git LFS pointer"), message);
        assertTrue(message.contains("git lfs pull"), message);
    }

    @Test
    void pickleIsNotRead() throws IOException {
        TinyModels.write(folder, TinyModels.GPT2);
        Files.move(folder.resolve("model.safetensors"), folder.resolve("pytorch_model.bin"));
        String message = refusal();
        assertTrue(message.contains("pytorch_model.bin can run code"), message);
    }

    @Test
    void windowsOfSeveralSizesCannotBeWritten() {
        GptConfig config = TinyModels.GPT_NEO.withWindows("2,3");
        var e =
                assertThrows(
                        IllegalArgumentException.class, () -> TinyModels.write(folder, config));
        assertTrue(String.valueOf(e.getMessage()).contains("model.windows is 2,3"));
        assertFalse(Files.exists(folder.resolve("config.json")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {"0; 0", "0,0; 0", "0, 3; 0,3", "0,3,0; 0,3", "5; 5", "3,4,5; 3,4"})
    void windowsHaveTheirShortestForm(String written, String shortest) {
        assertEquals(shortest, TinyModels.GPT_NEO.withWindows(written).windows());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "-1", "1,", "1;2", "99999999999"})
    void windowsThatMakeNoSenseAreRefused(String windows) {
        var e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> TinyModels.GPT_NEO.withWindows(windows));
        assertTrue(String.valueOf(e.getMessage()).contains("model.windows"));
    }
}
