package io.tornadogpt.sampler;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.tokenizer.Encoding;
import io.tornadogpt.tokenizer.Tokenizer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// Makes a vector of each text, such that texts of like meaning have vectors that point in like
/// directions, where the model was trained for it.
///
/// ```java
/// try (var embedder = Embedder.open(Path.of("all-MiniLM-L6-v2"))) {
///     float[] cat = embedder.embed("A cat sleeps.");
///     float[] kitten = embedder.embed("A kitten is asleep.");
///     System.out.println(Embedder.cosine(cat, kitten));
/// }
/// ```
///
/// Texts are tokenized as the model was trained on them. Long ones lose their end: the model sees
/// [EmbedderSettings#longest] tokens, the tokenizer's special ones included.
///
/// Any model will do, also one that continues texts: of it the last hidden state has seen the whole
/// text.
///
/// Used by one thread at a time.
public final class Embedder implements AutoCloseable {
    private static final double SHORTEST = 1e-12; // what a length is divided by at least

    private final Session session;
    private final EmbeddingPrograms programs;
    private final Tokenizer tokenizer;
    private final EmbedderSettings settings;

    private Embedder(
            Session session,
            EmbeddingPrograms programs,
            Tokenizer tokenizer,
            EmbedderSettings settings) {
        this.session = session;
        this.programs = programs;
        this.tokenizer = tokenizer;
        this.settings = settings;
    }

    /// Opens a model directory with the tokenizer in it, on this machine's processor.
    ///
    /// @throws IOException if files are missing or malformed
    public static Embedder open(Path directory) throws IOException {
        return open(directory, EmbedderSettings.DEFAULT);
    }

    /// As [#open(Path)] with other settings.
    ///
    /// @throws IOException if files are missing or malformed
    public static Embedder open(Path directory, EmbedderSettings settings) throws IOException {
        Tokenizer tokenizer = Tokenizer.load(directory);
        StoredModel stored = StoredModel.open(directory);
        var model = new Model(stored.config());
        return open(
                Backends.standard(),
                model,
                tokenizer,
                settings,
                session -> stored.load(model, session));
    }

    /// Opens a model on any device.
    ///
    /// @param model with its own context
    /// @throws E if the weights cannot be had
    public static <E extends Exception> Embedder open(
            Backend backend,
            Model model,
            Tokenizer tokenizer,
            EmbedderSettings settings,
            Weights<E> weights)
            throws E {
        if (tokenizer.vocabularySize() > model.config().vocabulary()) {
            throw new IllegalArgumentException(
                    "the tokenizer has %d tokens but the model was made for %d; use the tokenizer that the model was trained with"
                            .formatted(tokenizer.vocabularySize(), model.config().vocabulary()));
        }
        var programs = EmbeddingPrograms.of(model, longest(model, settings));
        Session session = backend.open(programs.programs(), settings.execution());
        try {
            weights.writeTo(session);
            return new Embedder(session, programs, tokenizer, settings);
        } catch (Throwable failure) {
            session.close();
            throw failure;
        }
    }

    /// The most tokens of a text that a model sees with these settings.
    public static int longest(Model model, EmbedderSettings settings) {
        return settings.longest() > 0
                ? settings.longest()
                : Math.min(model.context(), EmbedderSettings.MOST);
    }

    /// C, the elements of a vector.
    public int width() {
        return programs.model().architecture().width();
    }

    /// The vector of a text, `[C]`.
    ///
    /// @throws IllegalArgumentException if the text has no tokens
    public float[] embed(String text) {
        return embed(List.of(text)).getFirst();
    }

    /// The vectors of texts, in their order. Many texts at once take less time than one by one.
    ///
    /// @throws IllegalArgumentException if a text has no tokens
    public List<float[]> embed(List<String> texts) {
        return embedTokens(tokens(tokenizer, texts));
    }

    /// The vectors of texts that are tokenized already, in their order.
    ///
    /// @param texts as [#tokens] gives them
    /// @throws IllegalArgumentException if a text has no tokens
    public List<float[]> embedTokens(List<Encoding> texts) {
        var seen = new Encoding[texts.size()];
        for (int i = 0; i < seen.length; i++) {
            seen[i] = shortened(texts.get(i), programs.longest());
            if (seen[i].size() == 0) {
                throw new IllegalArgumentException(
                        "text %d has no tokens, so there is nothing to embed; leave it out"
                                .formatted(i + 1));
            }
        }
        int[] order =
                IntStream.range(0, seen.length)
                        .boxed()
                        .sorted(Comparator.comparingInt(i -> -seen[i].size()))
                        .mapToInt(i -> i)
                        .toArray();
        var vectors = new float[seen.length][];
        for (int next = 0; next < order.length; ) {
            PackedTexts batch = pack(seen, order, next);
            float[] states = batch.run(session); // [B * T, C]
            for (PackedTexts.Place place : batch.places()) {
                vectors[place.text()] = vector(states, place);
            }
            next += batch.places().size();
        }
        return List.of(vectors);
    }

    /// As many texts as fit the smallest program that all of them fit, or else the largest.
    private PackedTexts pack(Encoding[] texts, int[] order, int from) {
        int tokens = 0;
        for (int i = from; i < order.length; i++) {
            tokens += texts[order[i]].size();
        }
        int most = programs.readers().size() - 1;
        for (int reader = 0; ; reader++) {
            var inputs = programs.readers().get(reader).inputs();
            boolean mayFit = tokens <= inputs.batch() * inputs.length();
            if (mayFit || reader == most) {
                var batch = new PackedTexts(programs.readers().get(reader));
                int next = from;
                while (next < order.length && batch.add(order[next], texts[order[next]])) {
                    next++;
                }
                if (next == order.length || reader == most) {
                    return batch;
                }
            }
        }
    }

    /// The tokens of texts as a model takes them, without padding, which the tokenizer's file may
    /// ask for.
    public static List<Encoding> tokens(Tokenizer tokenizer, List<String> texts) {
        return texts.stream().map(text -> attended(tokenizer.encodeForModel(text))).toList();
    }

    private static Encoding attended(Encoding text) {
        Encoding kept = Encoding.EMPTY;
        int start = 0;
        for (int i = 0; i <= text.size(); i++) {
            if (i == text.size() || !text.attended()[i]) {
                kept = start < i ? kept.plus(text.slice(start, i)) : kept;
                start = i + 1;
            }
        }
        return kept;
    }

    /// Without the last tokens of the text itself, so that what the tokenizer added stays.
    private static Encoding shortened(Encoding text, int longest) {
        int excess = text.size() - longest;
        if (excess <= 0) {
            return text;
        }
        int end = text.size();
        while (end > 0 && text.special()[end - 1]) {
            end--;
        }
        int start = Math.max(0, end - excess);
        Encoding kept = text.slice(0, start).plus(text.slice(end, text.size()));
        return kept.size() <= longest ? kept : kept.slice(0, longest);
    }

    private float[] vector(float[] states, PackedTexts.Place place) {
        int width = width();
        int first = place.first();
        int last = first + place.count() - 1;
        float[] vector =
                switch (settings.pooling()) {
                    case FIRST -> row(states, first, width);
                    case LAST -> row(states, last, width);
                    case MEAN -> mean(states, first, last, width);
                };
        if (settings.normalized()) {
            double length = Math.max(Math.sqrt(product(vector, vector)), SHORTEST);
            for (int i = 0; i < width; i++) {
                vector[i] = (float) (vector[i] / length);
            }
        }
        return vector;
    }

    private static float[] row(float[] states, int row, int width) {
        return Arrays.copyOfRange(states, row * width, (row + 1) * width);
    }

    private static float[] mean(float[] states, int first, int last, int width) {
        var sums = new double[width];
        for (int row = first; row <= last; row++) {
            for (int i = 0; i < width; i++) {
                sums[i] += states[row * width + i];
            }
        }
        var mean = new float[width];
        for (int i = 0; i < width; i++) {
            mean[i] = (float) (sums[i] / (last - first + 1));
        }
        return mean;
    }

    /// The cosine of the angle between two vectors, from -1 to 1; 0 where one has no direction.
    public static double cosine(float[] a, float[] b) {
        if (a.length != b.length) {
            throw new IllegalArgumentException(
                    "vectors of %d and %d elements cannot be compared; use those of one model"
                            .formatted(a.length, b.length));
        }
        double lengths = Math.sqrt(product(a, a) * product(b, b));
        return lengths == 0 ? 0 : product(a, b) / lengths;
    }

    private static double product(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }

    /// Gives the memory back.
    @Override
    public void close() {
        session.close();
    }
}
