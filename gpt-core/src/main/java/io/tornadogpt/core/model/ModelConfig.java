package io.tornadogpt.core.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.core.files.AtomicFile;
import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.files.StorageType;
import io.tornadogpt.core.model.arch.Architecture;
import io.tornadogpt.core.model.arch.Dropouts;
import io.tornadogpt.core.model.family.ConfigDocument;
import io.tornadogpt.core.model.family.Families;
import io.tornadogpt.core.model.family.Family;
import io.tornadogpt.core.model.family.Task;
import io.tornadogpt.core.model.family.Task.Pooling;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// What a model's `config.json` says: its family, what it computes, what it has a head for, and the
/// numbers of its special tokens.
///
/// @param family how it is published
/// @param architecture what it computes
/// @param task what it has a head for
/// @param specialTokens what the keys that end in `_token_id` hold, as they stand in the file: a
///   number, a list of numbers, or null; they change no result here
/// @param kept other keys that change no result here, as they stand in the file
public record ModelConfig(
        Family family,
        Architecture architecture,
        Task task,
        Map<String, JsonNode> specialTokens,
        Map<String, JsonNode> kept) {
    /// What a model that knows no special tokens says, for `transformers` takes missing ones for
    /// those of the published model.
    private static final Map<String, JsonNode> NO_TOKENS =
            Map.of("bos_token_id", NullNode.getInstance(), "eos_token_id", NullNode.getInstance());

    private static final String CLASSES = "architectures";
    private static final String CLASSIFIER = "ForSequenceClassification";

    /// Ends of the names of classes with heads that are not supported.
    private static final List<String> OTHER_HEADS =
            List.of(
                    "ForTokenClassification",
                    "ForQuestionAnswering",
                    "ForMultipleChoice",
                    "ForNextSentencePrediction");

    private static final String LABEL_NAMES = "id2label";
    private static final String LABEL_NUMBERS = "label2id";

    /// Which hidden state labels are made from, where it is none that the family knows.
    public static final String POOLING = "tornadogpt.pooling";

    public ModelConfig {
        specialTokens = Map.copyOf(specialTokens);
        kept = Map.copyOf(kept);
    }

    /// A model of tokens that knows no special ones.
    public ModelConfig(Family family, Architecture architecture) {
        this(family, architecture, new Task.Tokens(), NO_TOKENS, Map.of());
    }

    /// Reads a `config.json`. Where it names no head, a model that continues texts has one for
    /// tokens, and one that sees all of them has none.
    ///
    /// @throws ModelFileException where it is malformed, contradicts itself, or asks for what is
    ///   not supported
    public static ModelConfig read(Path file) throws IOException {
        return read(file, null);
    }

    /// As [#read(Path)].
    ///
    /// @param otherwise what the model has a head for where the file does not say; null for what is
    ///   usual
    public static ModelConfig read(Path file, @Nullable Task otherwise) throws IOException {
        return read(ConfigDocument.read(file), otherwise);
    }

    static ModelConfig read(ConfigDocument document, @Nullable Task otherwise)
            throws ModelFileException {
        Family family = Families.of(document);
        refuseChanges(document);
        try {
            Architecture architecture = family.read(document);
            Task task = task(document, family, architecture, otherwise);
            return new ModelConfig(
                    family,
                    architecture,
                    task,
                    KeptKeys.specialTokens(document),
                    KeptKeys.of(document));
        } catch (IllegalArgumentException e) {
            throw document.bad("the configuration", "is refused (" + e.getMessage() + ")", e);
        }
    }

    /// Refuses what changes a model of any family into another.
    private static void refuseChanges(ConfigDocument document) throws ModelFileException {
        for (String key : List.of("quantization_config", "pruned_heads")) {
            if (document.has(key) && !document.get(key).isEmpty()) {
                throw document.bad(
                        key, "is %s, which is not supported".formatted(document.shown(key)));
            }
        }
        document.requireFlag("is_encoder_decoder", false);
    }

    /// What the class that `architectures` names has a head for.
    private static Task task(
            ConfigDocument document,
            Family family,
            Architecture architecture,
            @Nullable Task otherwise)
            throws ModelFileException {
        List<String> classes = document.texts(CLASSES);
        if (classes.isEmpty()) {
            if (otherwise != null) {
                return otherwise;
            }
            return architecture.attention().causal() ? new Task.Tokens() : new Task.HiddenStates();
        }
        String named = classes.getFirst();
        for (String head : OTHER_HEADS) {
            if (named.endsWith(head)) {
                throw document.bad(
                        CLASSES,
                        "names %s; supported: models of tokens, of hidden states and %s"
                                .formatted(BadFileException.quote(named), CLASSIFIER));
            }
        }
        if (named.endsWith(CLASSIFIER)) {
            return labels(document, family, architecture);
        }
        return named.equals(family.architectureClass(new Task.HiddenStates()))
                ? new Task.HiddenStates()
                : new Task.Tokens();
    }

    /// Names count where each label has one; else labels are numbered.
    private static Task labels(ConfigDocument document, Family family, Architecture architecture)
            throws ModelFileException {
        JsonNode named = document.get(LABEL_NAMES);
        int labels = document.integer("num_labels", named.isEmpty() ? 2 : named.size());
        Pooling pooling = family.pooling(document, architecture);
        if (document.has(POOLING)) {
            pooling = pooling(document);
        }
        var names = new ArrayList<String>();
        for (int label = 0; label < labels; label++) {
            JsonNode name = named.path(Integer.toString(label));
            if (!name.isTextual()) {
                return new Task.Labels(labels, pooling);
            }
            names.add(name.textValue());
        }
        return new Task.Labels(names, pooling);
    }

    private static Pooling pooling(ConfigDocument document) throws ModelFileException {
        String name = document.text(POOLING, "");
        for (Pooling pooling : Pooling.values()) {
            if (pooling.name().toLowerCase(Locale.ROOT).equals(name)) {
                return pooling;
            }
        }
        throw document.bad(
                POOLING,
                "is %s; supported: first, last, mean".formatted(BadFileException.quote(name)));
    }

    /// Writes a `config.json`.
    ///
    /// @param type of the weights beside it: F32, F16 or BF16
    /// @throws IllegalArgumentException for an architecture that the family's files cannot express
    public void write(Path file, StorageType type) throws IOException {
        AtomicFile.write(file, json(type));
    }

    /// What is written into `config.json`.
    ///
    /// @throws IllegalArgumentException for an architecture that the family's files cannot express
    public byte[] json(StorageType type) throws IOException {
        ObjectNode json = ConfigDocument.JSON.createObjectNode();
        json.putArray(CLASSES).add(family.architectureClass(task));
        json.put("model_type", family.modelType());
        family.write(architecture, json);
        family.write(task, json);
        String name =
                switch (type) {
                    case F16 -> "float16";
                    case BF16 -> "bfloat16";
                    default -> "float32";
                };
        if (task instanceof Task.Labels labels) {
            write(labels, json);
        }
        json.put("torch_dtype", name); // transformers 4
        json.put("dtype", name); // transformers 5
        new TreeMap<>(kept).forEach(json::putIfAbsent);
        new TreeMap<>(specialTokens).forEach(json::set);
        String text = ConfigDocument.JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json);
        return (text + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /// Names of labels both ways, as `transformers` has them, and the pooling where it is not the
    /// family's own: that alone is a key of ours, which `transformers` passes over.
    private void write(Task.Labels labels, ObjectNode json) {
        ObjectNode names = json.putObject(LABEL_NAMES);
        ObjectNode numbers = json.putObject(LABEL_NUMBERS);
        for (int label = 0; label < labels.labels(); label++) {
            String name = labels.names().get(label);
            names.put(Integer.toString(label), name);
            numbers.put(name, label);
        }
        if (!family.poolings(architecture).contains(labels.pooling())) {
            json.put(POOLING, labels.pooling().name().toLowerCase(Locale.ROOT));
        }
    }

    /// V, tokens of the model.
    public int vocabulary() {
        return architecture.vocabulary();
    }

    /// The longest sequence that the model is made for.
    public int context() {
        return architecture.context();
    }

    /// The same model for another vocabulary.
    public ModelConfig withVocabulary(int vocabulary) {
        return with(architecture.withVocabulary(vocabulary));
    }

    /// The same model with other dropout.
    public ModelConfig withDropout(Dropouts dropout) {
        return with(architecture.withDropout(dropout));
    }

    /// The same with another architecture.
    public ModelConfig with(Architecture newArchitecture) {
        return new ModelConfig(family, newArchitecture, task, specialTokens, kept);
    }

    /// The same model with a head for something else.
    public ModelConfig with(Task newTask) {
        return new ModelConfig(family, architecture, newTask, specialTokens, kept);
    }

    /// The same model with other special tokens.
    public ModelConfig withSpecialTokens(Map<String, JsonNode> tokens) {
        return new ModelConfig(family, architecture, task, tokens, kept);
    }

    /// The same model with what another file says beside what is computed: special tokens and
    /// [#kept].
    public ModelConfig withRemarksOf(ModelConfig other) {
        return new ModelConfig(family, architecture, task, other.specialTokens, other.kept);
    }

    /// Whether weights of one fit the other: they differ at most in dropout, special tokens and
    /// what is [#kept].
    public boolean hasWeightsOf(ModelConfig other) {
        return family == other.family
                && task.hasHeadOf(other.task)
                && architecture
                        .withDropout(Dropouts.NONE)
                        .equals(other.architecture.withDropout(Dropouts.NONE));
    }
}
