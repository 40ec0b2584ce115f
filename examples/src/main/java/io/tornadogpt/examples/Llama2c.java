package io.tornadogpt.examples;

import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.ModelConfig;
import io.tornadogpt.core.model.arch.Architecture;
import io.tornadogpt.core.model.arch.AttentionShape;
import io.tornadogpt.core.model.arch.BlockForm;
import io.tornadogpt.core.model.arch.Dropouts;
import io.tornadogpt.core.model.arch.EmbeddingShape;
import io.tornadogpt.core.model.arch.Head;
import io.tornadogpt.core.model.arch.Mlp;
import io.tornadogpt.core.model.arch.Norm;
import io.tornadogpt.core.model.arch.Norms;
import io.tornadogpt.core.model.arch.Part;
import io.tornadogpt.core.model.arch.Position;
import io.tornadogpt.core.model.arch.RotaryScaling;
import io.tornadogpt.core.model.family.Llama;
import io.tornadogpt.core.model.graph.Parameter;
import io.tornadogpt.core.op.Activation.Function;
import io.tornadogpt.core.tensor.TensorSpec;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/// Brings a model from a format that the library does not know, a checkpoint of llama2.c such as
/// stories260K, and shows which tokens it expects next.
///
/// An architecture is a plain value, and weights are written into a session by name: no more is
/// needed.
///
/// Read next: [Llama], the family that reads the same architecture from Hugging Face's files.
public final class Llama2c {
    private static final int SHOWN = 10;
    private static final int BEGIN = 1;

    /// The parts of a checkpoint in its order; those of blocks once for each layer.
    private static final List<Part> ORDER =
            List.of(
                    Part.TOKEN_EMBEDDING,
                    Part.ATTENTION_NORM,
                    Part.QUERY,
                    Part.KEY,
                    Part.VALUE,
                    Part.ATTENTION_OUTPUT,
                    Part.MLP_NORM,
                    Part.GATE,
                    Part.DOWN,
                    Part.UP,
                    Part.FINAL_NORM);

    private Llama2c() {}

    /// Takes `stories260K.bin`, `tok512.bin` and the beginning of a text.
    public static void main(String[] args) throws IOException {
        if (args.length < 2 || args.length > 3) {
            System.err.println("expected: CHECKPOINT VOCABULARY [TEXT]");
            System.exit(2);
        }
        ByteBuffer checkpoint = littleEndian(Path.of(args[0]));
        int[] sizes = new int[7]; // width, hidden, layers, heads, key-value heads, tokens, context
        checkpoint.asIntBuffer().get(sizes);
        ModelConfig config = config(sizes);
        List<Piece> vocabulary = vocabulary(Path.of(args[1]));
        int[] tokens = encode(vocabulary, args.length == 3 ? args[2] : "Once upon a time");

        var model = new Model(config).withContext(tokens.length);
        var program = model.logits("logits", 1, tokens.length);
        try (var session = Backends.named("cpu").open(List.of(program.program()))) {
            FloatBuffer weights =
                    checkpoint.position(28).slice().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
            write(weights, model, session, sizes[0] / sizes[3]);
            session.write(program.tokens(), tokens);
            program.inputs().writePositions(session, program.program());
            session.run("logits");
            float[] all = session.readFloats(program.logits());
            int last = (tokens.length - 1) * config.vocabulary();
            show(Arrays.copyOfRange(all, last, last + config.vocabulary()), vocabulary);
        }
    }

    private static ByteBuffer littleEndian(Path file) throws IOException {
        return ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    }

    /// What `config.json` would say.
    private static ModelConfig config(int... sizes) {
        int head = sizes[0] / sizes[3];
        return new ModelConfig(
                Llama.FAMILY,
                new Architecture(
                        sizes[2],
                        sizes[0],
                        Math.abs(sizes[5]), // negative where the head is not tied
                        sizes[6],
                        Norms.before(new Norm.Rms(1e-5, 0)),
                        new Position.Rotary(head, 10_000, new RotaryScaling.None()),
                        AttentionShape.causal(sizes[3], sizes[4], head, false, false),
                        new Mlp.Gated(sizes[1], Function.SILU, false),
                        BlockForm.SEQUENTIAL,
                        EmbeddingShape.plain(true),
                        Head.PLAIN,
                        Dropouts.NONE));
    }

    private static void write(FloatBuffer weights, Model model, Session session, int head) {
        Map<Part, Parameter> parameters = new HashMap<>();
        model.parameters().forEach(p -> parameters.put(p.part(), p));
        for (Part part : ORDER) {
            TensorSpec spec = Objects.requireNonNull(parameters.get(part)).spec();
            for (int layer = 0; layer < spec.slices(); layer++) {
                var values = new float[Math.toIntExact(spec.shape().elements())];
                weights.get(values);
                boolean turned = part == Part.QUERY || part == Part.KEY;
                int columns = spec.shape().columns();
                session.writeFloats(spec, layer, turned ? halves(values, columns, head) : values);
            }
        }
        model.writeConstants(session);
    }

    /// llama2.c turns neighbours among the elements of a head, Llama's files have those of the
    /// first half with those of the second.
    private static float[] halves(float[] values, int columns, int head) {
        var turned = new float[values.length];
        for (int row = 0; row < values.length / columns; row++) {
            int within = row % head;
            int stored = row - within + 2 * (within % (head / 2)) + within / (head / 2);
            System.arraycopy(values, stored * columns, turned, row * columns, columns);
        }
        return turned;
    }

    /// A token, and how soon it is merged: the highest score first.
    private record Piece(String text, float score) {}

    private static List<Piece> vocabulary(Path file) throws IOException {
        ByteBuffer in = littleEndian(file);
        in.getInt(); // the length of the longest
        var pieces = new ArrayList<Piece>();
        while (in.hasRemaining()) {
            float score = in.getFloat();
            var bytes = new byte[in.getInt()];
            in.get(bytes);
            pieces.add(new Piece(new String(bytes, StandardCharsets.UTF_8), score));
        }
        return pieces;
    }

    /// Byte-pair encoding: characters first, then the two neighbours whose union has the highest
    /// score become one, until none are left.
    private static int[] encode(List<Piece> vocabulary, String text) {
        var ids = new HashMap<String, Integer>();
        IntStream.range(0, vocabulary.size()).forEach(id -> ids.put(vocabulary.get(id).text, id));
        var parts = new ArrayList<String>();
        (" " + text).codePoints().forEach(c -> parts.add(Character.toString(c)));
        while (true) {
            int best = -1;
            float highest = Float.NEGATIVE_INFINITY;
            for (int i = 0; i + 1 < parts.size(); i++) {
                Integer id = ids.get(parts.get(i) + parts.get(i + 1));
                if (id != null && vocabulary.get(id).score > highest) {
                    best = i;
                    highest = vocabulary.get(id).score;
                }
            }
            if (best < 0) {
                break;
            }
            parts.set(best, parts.get(best) + parts.remove(best + 1));
        }
        IntStream tokens =
                parts.stream()
                        .mapToInt(
                                part -> {
                                    Integer id = ids.get(part);
                                    if (id == null) {
                                        throw new IllegalArgumentException(
                                                "the vocabulary has no '%s'; leave it out"
                                                        .formatted(part));
                                    }
                                    return id;
                                });
        return IntStream.concat(IntStream.of(BEGIN), tokens).toArray();
    }

    private static void show(float[] logits, List<Piece> vocabulary) {
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit);
        }
        double total = sum;
        IntStream.range(0, logits.length)
                .boxed()
                .sorted(Comparator.comparingDouble(id -> -logits[id]))
                .limit(SHOWN)
                .forEach(
                        id ->
                                System.out.printf(
                                        "%6.2f %%  %4d  \"%s\"%n",
                                        100 * Math.exp(logits[id]) / total,
                                        id,
                                        vocabulary.get(id).text.replace("\n", "\\n")));
    }
}
