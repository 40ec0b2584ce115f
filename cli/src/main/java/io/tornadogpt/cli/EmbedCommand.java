package io.tornadogpt.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.files.AtomicFile;
import io.tornadogpt.core.files.SafetensorsWriter;
import io.tornadogpt.core.files.StorageType;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.core.model.family.Task;
import io.tornadogpt.sampler.Embedder;
import io.tornadogpt.sampler.EmbedderSettings;
import io.tornadogpt.sampler.EmbeddingPrograms;
import io.tornadogpt.tokenizer.Encoding;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.loop.MemoryBudget;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/// Makes vectors of texts.
@Command(
        name = "embed",
        description = {
            "Computes an embedding of each text, a vector by which texts are compared by meaning."
                    + " Prints one JSON object per text, or writes all vectors to a file.",
            ""
        },
        sortOptions = false)
final class EmbedCommand extends GptCommand {
    private static final String SAFETENSORS = ".safetensors";

    /// Which hidden states a vector is made from.
    enum Pooling {
        MEAN(Task.Pooling.MEAN),
        CLS(Task.Pooling.FIRST),
        LAST(Task.Pooling.LAST);

        private final Task.Pooling pooling;

        Pooling(Task.Pooling pooling) {
            this.pooling = pooling;
        }
    }

    @Option(
            names = "--model",
            required = true,
            paramLabel = "DIR",
            description = "A run's directory or a model directory, with a tokenizer in it.")
    private @Nullable Path model;

    @ArgGroup(multiplicity = "1")
    private Source source = new Source();

    /// What is embedded.
    static final class Source {
        @Option(
                names = "--text",
                paramLabel = "TEXT",
                preprocessor = TextValue.class,
                description = "One text.")
        private @Nullable String text;

        @Option(
                names = "--data",
                paramLabel = "FILE",
                description =
                        "A file with one text per line; quotes and commas are part of the text.")
        private @Nullable Path data;
    }

    @Option(
            names = "--pooling",
            paramLabel = "KIND",
            defaultValue = "MEAN",
            description =
                    "mean: the mean of all hidden states (default); cls: the first one; last: the"
                        + " last one, which in a model that continues texts is the only one that"
                        + " has seen the whole text.")
    private Pooling pooling = Pooling.MEAN;

    @Option(names = "--normalize", description = "Scale each vector to length 1.")
    private boolean normalize;

    @Option(
            names = "--max-length",
            paramLabel = "N",
            description =
                    "The largest number of tokens of a text (default: the model's context, at most"
                            + " 512); longer texts are cut at the end, with a warning.")
    private @Nullable Integer longest;

    @Mixin private DeviceOptions device = new DeviceOptions();

    @Option(
            names = "--out",
            paramLabel = "FILE",
            description =
                    "The file to write: X.safetensors holds the tensor 'embeddings' of shape"
                        + " [texts, width]; a file with any other name holds one JSON object per"
                        + " line.")
    private @Nullable Path out;

    @Override
    int run(Screen screen) throws IOException {
        Path file = out == null ? null : OutputPath.file(out);
        List<String> texts = texts();
        ModelArgument argument = ModelArgument.open(Objects.requireNonNull(model));
        Tokenizer tokenizer = argument.requireTokenizer();
        List<Encoding> encoded = Embedder.tokens(tokenizer, texts);
        StoredModel stored = argument.stored();
        var gpt = new Model(stored.config());
        EmbedderSettings settings = settings(screen, gpt, encoded);
        Backend backend = device.backend();
        MemoryBudget.require(
                backend.plan(EmbeddingPrograms.of(gpt, settings.longest()).programs()).bytes());
        try (var embedder =
                Embedder.open(
                        backend, gpt, tokenizer, settings, session -> stored.load(gpt, session))) {
            List<float[]> vectors = embedder.embedTokens(encoded);
            if (file == null) {
                for (int i = 0; i < vectors.size(); i++) {
                    screen.line(json(texts.get(i), vectors.get(i)));
                }
            } else {
                write(file, texts, vectors, embedder.width());
                screen.line("%s: %d x %d", file, vectors.size(), embedder.width());
            }
        }
        return 0;
    }

    /// One text, or one a line; a line is what stands between two ends of lines, and what follows
    /// the last is none if it is empty.
    private List<String> texts() throws IOException {
        if (source.text != null) {
            return List.of(source.text);
        }
        Path data = Objects.requireNonNull(source.data);
        List<String> lines = TextInput.file(data).lines().toList();
        if (lines.isEmpty()) {
            throw new IllegalArgumentException(
                    data + " has no lines, so there is nothing to embed; write one text per line");
        }
        return lines;
    }

    private EmbedderSettings settings(Screen screen, Model gpt, List<Encoding> texts) {
        if (longest != null && (longest < 1 || longest > gpt.context())) {
            throw new IllegalArgumentException(
                    "--max-length is %d, but the model is made for 1 to %d tokens"
                            .formatted(longest, gpt.context()));
        }
        EmbedderSettings asked =
                EmbedderSettings.DEFAULT
                        .withPooling(pooling.pooling)
                        .withNormalized(normalize)
                        .withExecution(device.execution())
                        .withLongest(longest == null ? 0 : longest);
        int most = Embedder.longest(gpt, asked);
        long cut = texts.stream().filter(text -> text.size() > most).count();
        if (cut > 0) {
            screen.warning(
                    "%d of %d texts have more than %d tokens and were cut at the end"
                            .formatted(cut, texts.size(), most));
        }
        for (int i = 0; i < texts.size(); i++) {
            if (texts.get(i).size() == 0) {
                throw new IllegalArgumentException(
                        source.data == null
                                ? "--text has no tokens, so there is nothing to embed"
                                : "line %d of %s has no tokens, so there is nothing to embed; leave it out"
                                        .formatted(i + 1, source.data));
            }
        }
        int needed = texts.stream().mapToInt(Encoding::size).max().orElse(1);
        return asked.withLongest(Math.min(most, needed));
    }

    private static void write(Path file, List<String> texts, List<float[]> vectors, int width)
            throws IOException {
        if (file.toString().endsWith(SAFETENSORS)) {
            new SafetensorsWriter()
                    .tensor(
                            "embeddings",
                            StorageType.F32,
                            List.of((long) vectors.size(), (long) width),
                            (from, block, count) -> {
                                for (int i = 0; i < count; i++) {
                                    long at = from + i;
                                    block[i] = vectors.get((int) (at / width))[(int) (at % width)];
                                }
                            })
                    .write(file);
            return;
        }
        var lines = new StringBuilder();
        for (int i = 0; i < vectors.size(); i++) {
            lines.append(json(texts.get(i), vectors.get(i))).append('\n');
        }
        AtomicFile.write(file, lines.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static String json(String text, float[] vector) {
        ObjectNode json = new ObjectMapper().createObjectNode();
        json.put("text", text);
        var elements = json.putArray("embedding");
        for (float element : vector) {
            elements.add(element);
        }
        return json.toString();
    }
}
