package io.tornadogpt.core.model.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.core.files.AtomicFile;
import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.model.family.ConfigDocument;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// The `adapter_config.json` of an adapter in PEFT's layout (read and written as PEFT 0.21 does).
///
/// @param rank r where no pattern says otherwise
/// @param alpha `lora_alpha` where no pattern says otherwise
/// @param targets `target_modules`, as a list
/// @param rankPattern r of modules whose names end as a regular expression says
/// @param alphaPattern `lora_alpha` likewise
/// @param turned `fan_in_fan_out`: whether the model's files have weights as `[in, out]`
/// @param taskType such as `CAUSAL_LM`, null for none
/// @param base where the model was, null where nothing is said
public record PeftConfig(
        int rank,
        double alpha,
        double dropout,
        boolean rslora,
        List<String> targets,
        Map<String, Integer> rankPattern,
        Map<String, Double> alphaPattern,
        List<String> modulesToSave,
        boolean turned,
        @Nullable String taskType,
        @Nullable String base) {
    /// The file in an adapter's directory.
    public static final String FILE = "adapter_config.json";

    /// The task of a model that gives labels to sequences.
    public static final String LABELS = "SEQ_CLS";

    private static final String TYPE = "peft_type";
    private static final String BIAS = "bias";
    private static final String START = "init_lora_weights";
    private static final String RANKS = "rank_pattern";
    private static final String ALPHAS = "alpha_pattern";
    private static final String SAVED = "modules_to_save";
    private static final String TASK = "task_type";
    private static final String BASE = "base_model_name_or_path";

    /// Ways to start that leave the model's own weights as they are.
    private static final Set<String> STARTS = Set.of("gaussian", "eva", "orthogonal");

    /// Keys that change no result once an adapter is trained, or that are read here.
    private static final Set<String> KNOWN =
            Set.of(
                    TYPE,
                    "r",
                    "lora_alpha",
                    "lora_dropout",
                    "use_rslora",
                    "target_modules",
                    "fan_in_fan_out",
                    BIAS,
                    START,
                    RANKS,
                    ALPHAS,
                    SAVED,
                    TASK,
                    BASE,
                    "auto_mapping",
                    "ensure_weight_tying",
                    "eva_config",
                    "exclude_modules",
                    "inference_mode",
                    "layers_pattern",
                    "layers_to_transform",
                    "megatron_core",
                    "peft_version",
                    "qalora_group_size",
                    "revision",
                    "runtime_config");

    public PeftConfig {
        targets = List.copyOf(targets);
        rankPattern = new LinkedHashMap<>(rankPattern);
        alphaPattern = new LinkedHashMap<>(alphaPattern);
        modulesToSave = List.copyOf(modulesToSave);
    }

    /// Reads the file of a directory.
    ///
    /// @throws ModelFileException where it is missing, malformed, or asks for what is not
    ///   supported, naming it
    public static PeftConfig read(Path directory) throws IOException {
        ConfigDocument config = ConfigDocument.read(directory.resolve(FILE));
        String type = config.text(TYPE, "LORA");
        if (!type.equals("LORA")) {
            throw config.bad(
                    TYPE, "is %s; supported: LORA".formatted(BadFileException.quote(type)));
        }
        String bias = config.text(BIAS, "none");
        if (!bias.equals("none")) {
            throw config.bad(
                    BIAS, "is %s; supported: none".formatted(BadFileException.quote(bias)));
        }
        refuseStart(config);
        refuseOthers(config);
        return new PeftConfig(
                config.integer("r", 8),
                config.number("lora_alpha", 8),
                config.probability("lora_dropout", 0),
                config.flag("use_rslora", false),
                config.get("target_modules").isArray() ? config.texts("target_modules") : List.of(),
                ranks(config),
                alphas(config),
                config.texts(SAVED),
                config.flag("fan_in_fan_out", false),
                config.has(TASK) ? config.text(TASK, "") : null,
                config.has(BASE) ? config.text(BASE, "") : null);
    }

    private static void refuseStart(ConfigDocument config) throws ModelFileException {
        JsonNode start = config.get(START);
        if (start.isTextual() && !STARTS.contains(start.textValue())) {
            throw config.bad(
                    START,
                    "is %s, with which the weights of the model change too, which is not supported; convert the adapter with PEFT first"
                            .formatted(BadFileException.quote(start.textValue())));
        }
    }

    /// What is not known and asks for something: `use_dora`, say.
    private static void refuseOthers(ConfigDocument config) throws ModelFileException {
        for (Iterator<String> keys = config.keys(); keys.hasNext(); ) {
            String key = keys.next();
            JsonNode value = config.get(key);
            boolean asksNothing =
                    value.isNull()
                            || value.isBoolean() && !value.booleanValue()
                            || value.isContainerNode() && value.isEmpty();
            if (!KNOWN.contains(key) && !asksNothing) {
                throw config.bad(
                        BadFileException.quote(key),
                        "is %s, which is not supported; supported are adapters of low rank (LoRA, rsLoRA)"
                                .formatted(config.shown(key)));
            }
        }
    }

    private static Map<String, Integer> ranks(ConfigDocument config) throws ModelFileException {
        var ranks = new LinkedHashMap<String, Integer>();
        if (config.has(RANKS)) {
            ConfigDocument pattern = config.object(RANKS);
            for (Iterator<String> keys = pattern.keys(); keys.hasNext(); ) {
                String key = keys.next();
                ranks.put(checked(config, key), pattern.integer(key, 1));
            }
        }
        return ranks;
    }

    private static Map<String, Double> alphas(ConfigDocument config) throws ModelFileException {
        var alphas = new LinkedHashMap<String, Double>();
        if (config.has(ALPHAS)) {
            ConfigDocument pattern = config.object(ALPHAS);
            for (Iterator<String> keys = pattern.keys(); keys.hasNext(); ) {
                String key = keys.next();
                alphas.put(checked(config, key), pattern.number(key, 1));
            }
        }
        return alphas;
    }

    private static String checked(ConfigDocument config, String pattern) throws ModelFileException {
        try {
            Pattern.compile(pattern);
            return pattern;
        } catch (PatternSyntaxException e) {
            throw config.bad(
                    BadFileException.quote(pattern),
                    "is no regular expression (%s)".formatted(e.getDescription()),
                    e);
        }
    }

    /// r of a module, by its name without `base_model.model.`.
    public int rank(String module) {
        return patternOf(rankPattern, module, rank);
    }

    /// `lora_alpha` of a module, by its name without `base_model.model.`.
    public double alpha(String module) {
        return patternOf(alphaPattern, module, alpha);
    }

    /// What the product of a module is multiplied by.
    public double scale(String module) {
        int r = rank(module);
        return alpha(module) / (rslora ? Math.sqrt(r) : r);
    }

    private static <T> T patternOf(Map<String, T> patterns, String module, T otherwise) {
        for (Map.Entry<String, T> entry : patterns.entrySet()) {
            if (Pattern.matches("(.*\\.)?(" + entry.getKey() + ")", module)) {
                return entry.getValue();
            }
        }
        return otherwise;
    }

    /// Writes the file of a directory.
    public void write(Path directory) throws IOException {
        ObjectNode json = ConfigDocument.JSON.createObjectNode();
        json.put(TYPE, "LORA");
        json.put(TASK, taskType);
        json.put(BASE, base);
        json.put("r", rank);
        if (alpha == Math.rint(alpha)) {
            json.put("lora_alpha", (long) alpha); // PEFT declares it as an integer
        } else {
            json.put("lora_alpha", alpha);
        }
        json.put("lora_dropout", dropout);
        json.put("use_rslora", rslora);
        json.put("use_dora", false);
        json.put(BIAS, "none");
        json.put("fan_in_fan_out", turned);
        json.put(START, true);
        json.put("inference_mode", true);
        list(json.putArray("target_modules"), targets);
        if (modulesToSave.isEmpty()) {
            json.putNull(SAVED);
        } else {
            list(json.putArray(SAVED), modulesToSave);
        }
        ObjectNode ranks = json.putObject(RANKS);
        rankPattern.forEach(ranks::put);
        ObjectNode alphas = json.putObject(ALPHAS);
        alphaPattern.forEach(alphas::put);
        String text = ConfigDocument.JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json);
        AtomicFile.write(directory.resolve(FILE), (text + "\n").getBytes(StandardCharsets.UTF_8));
    }

    private static void list(ArrayNode array, List<String> values) {
        values.forEach(array::add);
    }
}
