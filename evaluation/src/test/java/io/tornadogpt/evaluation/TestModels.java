package io.tornadogpt.evaluation;

import io.tornadogpt.core.files.FloatSource;
import io.tornadogpt.core.files.SafetensorsWriter;
import io.tornadogpt.core.files.StorageType;
import io.tornadogpt.tokenizer.Tokenizer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.zip.CRC32;

/// Model directories in Hugging Face's layout: two whose weights are a formula of their names,
/// which `harness.py` knows too, and stories260K.
final class TestModels {
    static final Path DATA =
            Path.of(
                    Objects.requireNonNullElse(
                            System.getenv("GPT_TEST_DATA"), "../../shared/data"));

    private TestModels() {}

    /// GPT-2's family with its tokenizer: 2 layers, 24 channels, 96 positions.
    static Path gpt2(Path folder) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(
                folder.resolve("config.json"),
                """
                {"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "n_layer": 2,
                 "n_head": 2, "n_embd": 24, "n_positions": 96, "vocab_size": 50257,
                 "bos_token_id": 50256, "eos_token_id": 50256}
                """);
        var writer = new SafetensorsWriter();
        add(writer, "transformer.wte.weight", 50257, 24);
        add(writer, "transformer.wpe.weight", 96, 24);
        for (int layer = 0; layer < 2; layer++) {
            String h = "transformer.h." + layer + ".";
            for (String norm : List.of("ln_1", "ln_2")) {
                add(writer, h + norm + ".weight", 24);
                add(writer, h + norm + ".bias", 24);
            }
            add(writer, h + "attn.c_attn.weight", 24, 72);
            add(writer, h + "attn.c_attn.bias", 72);
            add(writer, h + "attn.c_proj.weight", 24, 24);
            add(writer, h + "attn.c_proj.bias", 24);
            add(writer, h + "mlp.c_fc.weight", 24, 96);
            add(writer, h + "mlp.c_fc.bias", 96);
            add(writer, h + "mlp.c_proj.weight", 96, 24);
            add(writer, h + "mlp.c_proj.bias", 24);
        }
        add(writer, "transformer.ln_f.weight", 24);
        add(writer, "transformer.ln_f.bias", 24);
        writer.write(folder.resolve("model.safetensors"));
        Tokenizer.gpt2().save(folder);
        return folder;
    }

    /// Llama's family with the tokenizer of stories260K: 3 layers, 48 channels, 512 positions.
    static Path llama(Path folder) throws IOException {
        llamaConfig(folder, 48, 80, 3, 6, 2, false);
        var writer = new SafetensorsWriter();
        add(writer, "model.embed_tokens.weight", 512, 48);
        for (int layer = 0; layer < 3; layer++) {
            String l = "model.layers." + layer + ".";
            add(writer, l + "input_layernorm.weight", 48);
            add(writer, l + "post_attention_layernorm.weight", 48);
            add(writer, l + "self_attn.q_proj.weight", 48, 48);
            add(writer, l + "self_attn.k_proj.weight", 16, 48);
            add(writer, l + "self_attn.v_proj.weight", 16, 48);
            add(writer, l + "self_attn.o_proj.weight", 48, 48);
            add(writer, l + "mlp.gate_proj.weight", 80, 48);
            add(writer, l + "mlp.up_proj.weight", 80, 48);
            add(writer, l + "mlp.down_proj.weight", 48, 80);
        }
        add(writer, "model.norm.weight", 48);
        add(writer, "lm_head.weight", 512, 48);
        writer.write(folder.resolve("model.safetensors"));
        storiesTokenizer(folder);
        return folder;
    }

    private static void llamaConfig(
            Path folder, int width, int hidden, int layers, int heads, int keyHeads, boolean tied)
            throws IOException {
        Files.createDirectories(folder);
        Files.writeString(
                folder.resolve("config.json"),
                """
                {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "vocab_size": 512,
                 "hidden_size": %d, "intermediate_size": %d, "num_hidden_layers": %d,
                 "num_attention_heads": %d, "num_key_value_heads": %d, "rms_norm_eps": 1e-05,
                 "max_position_embeddings": 512, "rope_theta": 10000.0, "hidden_act": "silu",
                 "tie_word_embeddings": %s, "bos_token_id": 1, "eos_token_id": 2}
                """
                        .formatted(width, hidden, layers, heads, keyHeads, tied));
    }

    private static void storiesTokenizer(Path folder) throws IOException {
        try (var in = TestModels.class.getResourceAsStream("stories-tokenizer.json")) {
            Files.write(
                    folder.resolve("tokenizer.json"), Objects.requireNonNull(in).readAllBytes());
        }
        Files.writeString(
                folder.resolve("tokenizer_config.json"),
                """
                {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
                """);
    }

    /// Karpathy's trained model, from llama2.c's layout.
    static Path stories260K(Path folder) throws IOException {
        ByteBuffer bytes =
                ByteBuffer.wrap(Files.readAllBytes(DATA.resolve("stories260K.bin")))
                        .order(ByteOrder.LITTLE_ENDIAN);
        int[] sizes = new int[7]; // width, hidden, layers, heads, heads of keys, tokens, context
        bytes.asIntBuffer().get(sizes);
        FloatBuffer weights =
                bytes.position(28).slice().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
        int width = sizes[0];
        int head = width / sizes[3];
        llamaConfig(folder, width, sizes[1], sizes[2], sizes[3], sizes[4], true);
        var writer = new SafetensorsWriter();
        take(writer, weights, "model.embed_tokens.weight", 0, 512, width);
        blocks(writer, weights, sizes[2], "input_layernorm", 0, width);
        blocks(writer, weights, sizes[2], "self_attn.q_proj", head, width, width);
        blocks(writer, weights, sizes[2], "self_attn.k_proj", head, sizes[4] * head, width);
        blocks(writer, weights, sizes[2], "self_attn.v_proj", 0, sizes[4] * head, width);
        blocks(writer, weights, sizes[2], "self_attn.o_proj", 0, width, width);
        blocks(writer, weights, sizes[2], "post_attention_layernorm", 0, width);
        blocks(writer, weights, sizes[2], "mlp.gate_proj", 0, sizes[1], width);
        blocks(writer, weights, sizes[2], "mlp.down_proj", 0, width, sizes[1]);
        blocks(writer, weights, sizes[2], "mlp.up_proj", 0, sizes[1], width);
        take(writer, weights, "model.norm.weight", 0, width);
        writer.write(folder.resolve("model.safetensors"));
        storiesTokenizer(folder);
        return folder;
    }

    private static void blocks(
            SafetensorsWriter writer,
            FloatBuffer weights,
            int layers,
            String part,
            int head,
            int... shape) {
        for (int layer = 0; layer < layers; layer++) {
            take(writer, weights, "model.layers.%d.%s.weight".formatted(layer, part), head, shape);
        }
    }

    /// @param head size of heads whose rows lie as neighbours that turn together; 0 for none
    private static void take(
            SafetensorsWriter writer, FloatBuffer weights, String name, int head, int... shape) {
        int columns = shape[shape.length - 1];
        float[] values = new float[Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
        weights.get(values);
        float[] stored = values;
        if (head > 0) {
            stored = new float[values.length];
            for (int row = 0; row < shape[0]; row++) {
                int within = row % head;
                int from = row - within + 2 * (within % (head / 2)) + within / (head / 2);
                System.arraycopy(values, from * columns, stored, row * columns, columns);
            }
        }
        writer.tensor(name, StorageType.F32, longs(shape), source(stored));
    }

    private static void add(SafetensorsWriter writer, String name, int... shape) {
        boolean bias = name.endsWith("bias");
        float[] values =
                formula(name, Arrays.stream(shape).reduce(1, (a, b) -> a * b), bias ? 0.1 : 0.4);
        if (shape.length == 1 && !bias) {
            for (int i = 0; i < values.length; i++) {
                values[i] += 1;
            }
        }
        writer.tensor(name, StorageType.F32, longs(shape), source(values));
    }

    private static List<Long> longs(int... shape) {
        return Arrays.stream(shape).mapToObj(n -> (long) n).toList();
    }

    private static FloatSource source(float... values) {
        return (from, block, count) -> System.arraycopy(values, (int) from, block, 0, count);
    }

    /// Numbers from -scale to scale, a function of a tensor's name and of their places.
    private static float[] formula(String name, int count, double scale) {
        var crc = new CRC32();
        crc.update(name.getBytes(StandardCharsets.UTF_8));
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            int h = i * (int) 2654435761L + (int) crc.getValue();
            h ^= h >>> 16;
            h *= 0x7FEB352D;
            h ^= h >>> 15;
            h *= 0x846CA68B;
            h ^= h >>> 16;
            values[i] = (float) ((Integer.toUnsignedLong(h) / 4294967296.0 - 0.5) * 2 * scale);
        }
        return values;
    }
}
