package io.tornadogpt.sampler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.files.Sha256;
import io.tornadogpt.core.files.StorageType;
import io.tornadogpt.core.model.LossProgram;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.ModelConfig;
import io.tornadogpt.core.model.ModelDirectory;
import io.tornadogpt.core.model.WeightReader;
import io.tornadogpt.core.model.arch.Architecture;
import io.tornadogpt.core.model.arch.AttentionShape;
import io.tornadogpt.core.model.arch.BlockForm;
import io.tornadogpt.core.model.arch.Dropouts;
import io.tornadogpt.core.model.arch.EmbeddingShape;
import io.tornadogpt.core.model.arch.Head;
import io.tornadogpt.core.model.arch.Mlp;
import io.tornadogpt.core.model.arch.Norm;
import io.tornadogpt.core.model.arch.Norms;
import io.tornadogpt.core.model.arch.Position;
import io.tornadogpt.core.model.arch.RotaryScaling;
import io.tornadogpt.core.model.family.Llama;
import io.tornadogpt.core.op.Activation;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;

/// A trained Llama of 260 thousand weights (Karpathy's stories260K), brought from llama2.c's layout
/// to Hugging Face's: it writes llama2.c's text, and has PyTorch's losses.
class Stories260KTest {
    /// Of the text that llama2.c's own test expects of 200 greedy steps.
    private static final String TEXT_SHA256 =
            "beeb5cb46785efee81a8545300b31e396b595e5ce6f3b77db201545501981d14";

    private static final int BOS = 1;
    private static final int STEPS = 200;
    private static final Path DATA =
            Path.of(
                    Objects.requireNonNullElse(
                            System.getenv("GPT_TEST_DATA"), "../../shared/data"));
    private static final Path MODEL = DATA.resolve("stories260K.bin");

    @TempDir private Path folder;

    /// The checkpoint: seven numbers, then all weights.
    private record Checkpoint(int[] sizes, float[] weights) {
        static Checkpoint read() throws IOException {
            ByteBuffer bytes =
                    ByteBuffer.wrap(Files.readAllBytes(MODEL)).order(ByteOrder.LITTLE_ENDIAN);
            int[] sizes = new int[7];
            bytes.asIntBuffer().get(sizes);
            float[] weights = new float[(bytes.capacity() - 28) / Float.BYTES];
            bytes.position(28).slice().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(weights);
            return new Checkpoint(sizes, weights);
        }

        int width() {
            return sizes[0];
        }

        int layers() {
            return sizes[2];
        }

        int heads() {
            return sizes[3];
        }

        int keyValueWidth() {
            return width() / heads() * sizes[4];
        }

        ModelConfig config() {
            int headSize = width() / heads();
            return new ModelConfig(
                    Llama.FAMILY,
                    new Architecture(
                            layers(),
                            width(),
                            sizes[5],
                            sizes[6],
                            Norms.before(new Norm.Rms(1e-5, 0)),
                            new Position.Rotary(headSize, 10_000, new RotaryScaling.None()),
                            AttentionShape.causal(heads(), sizes[4], headSize, false, false),
                            new Mlp.Gated(sizes[1], Activation.Function.SILU, false),
                            BlockForm.SEQUENTIAL,
                            EmbeddingShape.plain(true),
                            Head.PLAIN,
                            Dropouts.NONE));
        }

        /// Weights by the names of Hugging Face's files.
        WeightReader reader() {
            int width = width();
            int hidden = sizes[1];
            Map<String, Integer> starts = new HashMap<>();
            Map<String, Integer> lengths = new HashMap<>();
            int at = 0;
            for (Map.Entry<String, Integer> part :
                    List.of(
                            Map.entry("embed_tokens", sizes[5] * width),
                            Map.entry("input_layernorm", width),
                            Map.entry("q_proj", width * width),
                            Map.entry("k_proj", keyValueWidth() * width),
                            Map.entry("v_proj", keyValueWidth() * width),
                            Map.entry("o_proj", width * width),
                            Map.entry("post_attention_layernorm", width),
                            Map.entry("gate_proj", hidden * width),
                            Map.entry("down_proj", hidden * width),
                            Map.entry("up_proj", hidden * width),
                            Map.entry("model.norm", width))) {
                boolean once = part.getKey().equals("embed_tokens");
                once |= part.getKey().equals("model.norm");
                starts.put(part.getKey(), at);
                lengths.put(part.getKey(), part.getValue());
                at += part.getValue() * (once ? 1 : layers());
            }
            return (spec, slice) -> {
                String part =
                        starts.keySet().stream()
                                .filter(name -> spec.name().contains(name))
                                .findFirst()
                                .orElseThrow();
                int length = lengths.get(part);
                int from = starts.get(part) + slice * length;
                float[] values = Arrays.copyOfRange(weights, from, from + length);
                return part.matches("[qk]_proj") ? halves(values) : values;
            };
        }

        /// The rows of each head that were turned as neighbours, as halves: even ones, then odd
        /// ones.
        private float[] halves(float[] values) {
            int columns = width();
            int size = columns / heads();
            float[] turned = new float[values.length];
            for (int row = 0; row < values.length / columns; row++) {
                int within = row % size;
                int stored = row - within + 2 * (within % (size / 2)) + within / (size / 2);
                System.arraycopy(values, stored * columns, turned, row * columns, columns);
            }
            return turned;
        }
    }

    private ModelDirectory directory() throws IOException {
        if (!Files.exists(MODEL)) {
            System.out.println("skipped: " + MODEL + " is not there; set GPT_TEST_DATA");
        }
        assumeTrue(Files.exists(MODEL));
        Checkpoint checkpoint = Checkpoint.read();
        ModelDirectory.save(folder, checkpoint.config(), checkpoint.reader(), StorageType.F32);
        ModelDirectory directory = ModelDirectory.open(folder);
        assertEquals(checkpoint.config().architecture(), directory.config().architecture());
        return directory;
    }

    @ParameterizedTest
    @ValueSource(strings = {"reference", "cpu"})
    void twoHundredGreedyStepsWriteTheTextOfLlama2c(String device) throws IOException {
        ModelDirectory directory = directory();
        var model = new Model(directory.config());
        var options = new GenerationOptions(SamplingOptions.UNCHANGED.withTemperature(0), STEPS, 1);
        try (var generator =
                Generator.open(
                        Backends.named(device), model, session -> directory.load(model, session))) {
            Generation story = generator.generate(new int[] {BOS}, options);
            assertEquals(TEXT_SHA256, Sha256.of(text(story.tokens())).hex());
        }
    }

    /// The bytes of tokens, as llama2.c prints them: no blank behind BOS, `<0x0A>` as that byte.
    private Path text(int[] tokens) throws IOException {
        List<byte[]> pieces = pieces();
        var text = new ByteArrayOutputStream();
        int before = BOS;
        var raw = Pattern.compile("<0x([0-9A-F]{2})>");
        for (int token : tokens) {
            byte[] piece = pieces.get(token);
            var code = raw.matcher(new String(piece, StandardCharsets.UTF_8));
            if (code.matches()) {
                text.write(Integer.parseInt(code.group(1), 16));
            } else {
                int from = before == BOS && piece[0] == ' ' ? 1 : 0;
                text.write(piece, from, piece.length - from);
            }
            before = token;
        }
        return Files.write(folder.resolve("text"), text.toByteArray());
    }

    private static List<byte[]> pieces() throws IOException {
        ByteBuffer bytes =
                ByteBuffer.wrap(Files.readAllBytes(DATA.resolve("stories260K-tok512.bin")))
                        .order(ByteOrder.LITTLE_ENDIAN);
        bytes.getInt();
        var pieces = new ArrayList<byte[]>();
        while (bytes.hasRemaining()) {
            bytes.getFloat();
            byte[] piece = new byte[bytes.getInt()];
            bytes.get(piece);
            pieces.add(piece);
        }
        return pieces;
    }

    @Test
    void lossesOfStoriesAreThoseOfPyTorch() throws IOException {
        ModelDirectory directory = directory();
        var model = new Model(directory.config());
        JsonNode golden;
        try (var json = Stories260KTest.class.getResourceAsStream("stories.json")) {
            golden = new ObjectMapper().readTree(json);
        }
        for (JsonNode story : golden.get("stories")) {
            int[] ids = new int[story.get("ids").size()];
            Arrays.setAll(ids, i -> story.get("ids").get(i).asInt());
            LossProgram program = model.evaluate(1, ids.length - 1);
            try (var session = TinyModel.REFERENCE.open(List.of(program.program()))) {
                directory.load(model, session);
                session.write(program.tokens(), Arrays.copyOf(ids, ids.length - 1));
                session.write(program.targets(), Arrays.copyOfRange(ids, 1, ids.length));
                session.write(program.positions(), program.everyPosition());
                session.run("evaluate");
                double loss = session.readDoubles(program.loss(), 0)[0] / (ids.length - 1);
                assertEquals(story.get("loss").asDouble(), loss, 1e-4);
            }
        }
    }
}
