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
import java.util.List;
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
            Map.of(
                    "bos_token_id",
                    NullNode.getInstance(),
                    "eos_token_id",
                    NullNode.getInstance());

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
        ConfigDocument document = ConfigDocument.read(file);
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
                throw document.bad(key, "is %s, which is not supported".formatted(document.shown(key)));
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
            int labels = document.get(LABEL_NAMES).size();
            return new Task.Labels(
                    document.integer("num_labels", labels == 0 ? 2 : labels),
                    family.pooling(document, architecture));
        }
        return named.equals(family.architectureClass(new Task.HiddenStates()))
                ? new Task.HiddenStates()
                : new Task.Tokens();
    }

    /// Writes a `config.json`.
    ///
    /// @param type of the weights beside it: F32, F16 or BF16
    /// @throws IllegalArgumentException for an architecture that the family's files cannot express
    public void write(Path file, StorageType type) throws IOException {
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
        if (task instanceof Task.Labels(int labels, Pooling _)) {
            ObjectNode names = json.putObject(LABEL_NAMES);
            for (int label = 0; label < labels; label++) {
                names.put(Integer.toString(label), "LABEL_" + label);
            }
        }
        json.put("torch_dtype", name); // transformers 4
        json.put("dtype", name); // transformers 5
        new TreeMap<>(kept).forEach(json::putIfAbsent);
        new TreeMap<>(specialTokens).forEach(json::set);
        String text = ConfigDocument.JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json);
        AtomicFile.write(file, (text + "\n").getBytes(StandardCharsets.UTF_8));
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
                && task.equals(other.task)
                && architecture
                        .withDropout(Dropouts.NONE)
                        .equals(other.architecture.withDropout(Dropouts.NONE));
    }
}
