package io.tornadogpt.core.model;

import com.fasterxml.jackson.databind.JsonNode;
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
/// @param specialTokens what [#TOKEN_KEYS] hold, as they stand in the file: a number or a list of
///   numbers; they change no result here
public record ModelConfig(
        Family family, Architecture architecture, Task task, Map<String, JsonNode> specialTokens) {
    /// Keys of special tokens.
    public static final List<String> TOKEN_KEYS =
            List.of("bos_token_id", "eos_token_id", "pad_token_id", "sep_token_id", "cls_token_id");

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
    }

    /// A model of tokens that knows no special ones.
    public ModelConfig(Family family, Architecture architecture) {
        this(family, architecture, new Task.Tokens(), Map.of());
    }

    /// Reads a `config.json`.
    ///
    /// @throws ModelFileException where it is malformed, contradicts itself, or asks for what is
    ///   not supported
    public static ModelConfig read(Path file) throws IOException {
        ConfigDocument document = ConfigDocument.read(file);
        Family family = Families.of(document);
        try {
            Architecture architecture = family.read(document);
            Task task = task(document, family, architecture);
            return new ModelConfig(family, architecture, task, specialTokens(document));
        } catch (IllegalArgumentException e) {
            throw document.bad("the configuration", "is refused (" + e.getMessage() + ")", e);
        }
    }

    /// What the class that `architectures` names has a head for. Where it names none it is tokens
    /// for a model that continues texts, and hidden states for one that sees all of them.
    private static Task task(ConfigDocument document, Family family, Architecture architecture)
            throws ModelFileException {
        List<String> classes = document.texts(CLASSES);
        if (classes.isEmpty()) {
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

    private static Map<String, JsonNode> specialTokens(ConfigDocument document) {
        var tokens = new TreeMap<String, JsonNode>();
        for (String key : TOKEN_KEYS) {
            JsonNode value = document.get(key);
            boolean list = value.isArray() && !value.isEmpty();
            if (value.isIntegralNumber() || list) {
                tokens.put(key, value);
            }
        }
        return tokens;
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
        json.putNull("bos_token_id");
        json.putNull("eos_token_id");
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
        return new ModelConfig(family, newArchitecture, task, specialTokens);
    }

    /// The same model with a head for something else.
    public ModelConfig with(Task newTask) {
        return new ModelConfig(family, architecture, newTask, specialTokens);
    }

    /// The same model with other special tokens.
    public ModelConfig withSpecialTokens(Map<String, JsonNode> tokens) {
        return new ModelConfig(family, architecture, task, tokens);
    }

    /// Whether weights of one fit the other: they differ at most in dropout and special tokens.
    public boolean hasWeightsOf(ModelConfig other) {
        return family == other.family
                && task.hasHeadOf(other.task)
                && architecture
                        .withDropout(Dropouts.NONE)
                        .equals(other.architecture.withDropout(Dropouts.NONE));
    }
}
