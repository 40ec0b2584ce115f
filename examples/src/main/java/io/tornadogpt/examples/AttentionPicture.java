package io.tornadogpt.examples;

import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.model.LogitsProgram;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.op.Attention;
import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.program.Segment;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.TensorSpec;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/// Where a head of a model looks when it reads a sentence: a picture of its attention weights.
///
/// No backend writes these weights down, for attention is computed without a buffer for them. But
/// queries and keys are there, as an activation of the model's program; and a program is a value.
/// So the example makes another program of it in which that activation is an output, runs it, and
/// computes the weights of the numbers that the model itself made.
public final class AttentionPicture {
    private static final String SENTENCE =
            """
            Clara lived near the barn with a young fox.
            In the barn they found a bell.
            Clara asked the fox,\
            """;

    private static final int CELL = 26;
    private static final int LABELS = 90;
    private static final String SHADES = " .:-=+*#%@";

    private AttentionPicture() {}

    /// The weights of one head.
    ///
    /// @param layer from 0
    /// @param head from 0
    /// @param weights row i is how token i sees tokens 0 to i; each row sums to 1
    record Head(int layer, int head, double[][] weights) {
        /// How far back it looks where it looks at one token only. The first token does not count:
        /// heads with nothing to look for rest there.
        double interest() {
            double sum = 0;
            for (int i = 0; i < weights.length; i++) {
                for (int j = 1; j < i; j++) {
                    sum += weights[i][j] * weights[i][j] * Math.log1p(i - j);
                }
            }
            return sum;
        }
    }

    /// @param args a text, the directory of a run, a file for the picture, if others are wanted
    public static void main(String[] args) throws IOException {
        String sentence = StoryModel.argument(args, 0, SENTENCE);
        StoryModel story = StoryModel.open(StoryModel.argument(args, 1));
        Path file = Path.of(StoryModel.argument(args, 2, "runs/attention.svg"));

        int[] ids = story.tokenizer().encode(sentence);
        List<String> tokens =
                Arrays.stream(ids).mapToObj(id -> story.tokenizer().decode(id)).toList();
        List<Head> heads = look(story, ids);
        Head head =
                heads.stream()
                        .max((a, b) -> Double.compare(a.interest(), b.interest()))
                        .orElseThrow();
        System.out.printf(
                "Of %d heads, head %d of layer %d looks back most clearly. Each row is a token,"
                    + " and%nthe darker a sign, the more it sees of the token in that column:%n%n",
                heads.size(), head.head + 1, head.layer + 1);
        print(head, tokens);

        Path folder = file.toAbsolutePath().getParent();
        if (folder != null) {
            Files.createDirectories(folder);
        }
        Files.writeString(file, svg(head, tokens));
        System.out.printf("%nThe picture, to be opened in a browser: %s%n", file);
    }

    /// Runs the model over a text and computes the weights of all its heads.
    static List<Head> look(StoryModel story, int[] ids) {
        var model = new Model(story.directory().config());
        LogitsProgram reading = model.logits("reading", 1, ids.length);
        Attention attention = attention(reading.program());
        TensorSpec qkv = attention.queries().tensor().spec();
        TensorSpec kept = qkv.as("reading.qkv", Role.OUTPUT);
        Program program = replaced(reading.program(), qkv, kept);
        try (var session = Backends.named("cpu").open(List.of(program))) {
            story.directory().load(model, session);
            session.write(reading.tokens(), ids);
            session.write(reading.positions(), IntStream.range(0, ids.length).toArray());
            session.run(program.name());
            return IntStream.range(0, kept.layers())
                    .boxed()
                    .flatMap(l -> heads(l, session.readFloats(kept, l), attention).stream())
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The attention of the blocks, which is one operation that is repeated for each layer.
    static Attention attention(Program program) {
        return program.segments().stream()
                .flatMap(segment -> segment.ops().stream())
                .filter(Attention.class::isInstance)
                .map(Attention.class::cast)
                .findFirst()
                .orElseThrow();
    }

    /// The same program with another declaration of one of its tensors.
    static Program replaced(Program program, TensorSpec old, TensorSpec replacement) {
        List<Segment> segments =
                program.segments().stream()
                        .map(
                                segment ->
                                        segment.withOps(
                                                segment.ops().stream()
                                                        .map(op -> replaced(op, old, replacement))
                                                        .toList()))
                        .toList();
        return new Program(program.name(), segments);
    }

    private static Op replaced(Op op, TensorSpec old, TensorSpec replacement) {
        return op.map(tensor -> tensor.spec().equals(old) ? tensor.of(replacement) : tensor);
    }

    /// The weights of a layer's heads: of each row of `scale * q . k` up to the token itself the
    /// softmax.
    ///
    /// @param qkv `[T, 3C]`: queries, keys, values; head h has columns `h*D` to `(h+1)*D` of each
    private static List<Head> heads(int layer, float[] qkv, Attention attention) {
        int count = attention.heads().count();
        int positions = attention.positions();
        int channels = attention.heads().width();
        int size = channels / count;
        return IntStream.range(0, count)
                .mapToObj(
                        h -> {
                            double[][] weights = new double[positions][];
                            for (int i = 0; i < positions; i++) {
                                int query = 3 * channels * i + h * size;
                                weights[i] = new double[i + 1];
                                for (int j = 0; j <= i; j++) {
                                    int key = 3 * channels * j + channels + h * size;
                                    weights[i][j] =
                                            attention.heads().scale() * dot(qkv, query, key, size);
                                }
                                softmax(weights[i]);
                            }
                            return new Head(layer, h, weights);
                        })
                .toList();
    }

    private static double dot(float[] values, int a, int b, int size) {
        double sum = 0;
        for (int i = 0; i < size; i++) {
            sum += (double) values[a + i] * values[b + i];
        }
        return sum;
    }

    private static void softmax(double[] row) {
        double max = Arrays.stream(row).max().orElseThrow();
        double sum = Arrays.stream(row).map(x -> Math.exp(x - max)).sum();
        Arrays.setAll(row, i -> Math.exp(row[i] - max) / sum);
    }

    private static void print(Head head, List<String> tokens) {
        for (int i = 0; i < tokens.size(); i++) {
            var row = new StringBuilder();
            for (double weight : head.weights[i]) {
                int shade = (int) Math.min(SHADES.length() - 1, weight * SHADES.length());
                row.append(SHADES.charAt(shade)).append(SHADES.charAt(shade));
            }
            System.out.printf("  %10s |%s%n", shown(tokens.get(i)), row);
        }
    }

    /// A square for each pair of tokens, the fuller the larger its weight.
    private static String svg(Head head, List<String> tokens) {
        int side = LABELS + CELL * tokens.size() + 10;
        var svg = new StringBuilder();
        svg.append(
                """
                <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" \
                font-family="sans-serif" font-size="13">
                <title>Head %d of layer %d: what each token (row) sees of those before it</title>
                <rect width="100%%" height="100%%" fill="#fff"/>
                """
                        .formatted(side, side, head.head + 1, head.layer + 1));
        for (int i = 0; i < tokens.size(); i++) {
            String token = escaped(shown(tokens.get(i)));
            double middle = LABELS + CELL * (i + 0.5);
            svg.append(
                    """
                    <text x="%d" y="%.0f" text-anchor="end" dy="0.35em">%s</text>
                    <text transform="translate(%.0f %d) rotate(-90)" dy="0.35em">%s</text>
                    """
                            .formatted(LABELS - 8, middle, token, middle, LABELS - 8, token));
            for (int j = 0; j <= i; j++) {
                svg.append(cell(head, tokens, i, j));
            }
        }
        return svg.append("</svg>\n").toString();
    }

    private static String cell(Head head, List<String> tokens, int i, int j) {
        double weight = head.weights[i][j];
        return String.format(
                Locale.ROOT,
                """
                <rect x="%d" y="%d" width="%d" height="%d" rx="3" fill="#1f6fb8" \
                fill-opacity="%.3f" stroke="#e3e6ea"><title>%s sees %s: %.3f</title></rect>
                """,
                LABELS + CELL * j + 1,
                LABELS + CELL * i + 1,
                CELL - 2,
                CELL - 2,
                weight,
                escaped(shown(tokens.get(i))),
                escaped(shown(tokens.get(j))),
                weight);
    }

    private static String shown(String token) {
        return token.strip().isEmpty()
                ? token.replace("\n", "(line)").replace(' ', '_')
                : token.strip();
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
