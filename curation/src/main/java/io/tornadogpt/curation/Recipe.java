package io.tornadogpt.curation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.curation.read.Reading;
import io.tornadogpt.curation.step.CorpusStep;
import io.tornadogpt.curation.step.DocumentStep;
import io.tornadogpt.curation.step.ExactDuplicates;
import io.tornadogpt.curation.step.NearDuplicates;
import io.tornadogpt.curation.step.PassageStep;
import io.tornadogpt.curation.step.Step;
import io.tornadogpt.trainer.settings.NearNames;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/// What is done to a corpus: steps, in their order.
///
/// In a file it is an object, with the settings of a step beside its name:
///
/// ```
/// {
///   "name": "web",
///   "onBadInput": "skip",
///   "expect": {"nearDuplicates": [0.001, 0.3]},
///   "steps": [
///     {"step": "repair"},
///     {"step": "gopherQuality", "minWords": 20},
///     {"step": "nearDuplicates"},
///     {"step": "heldOut", "share": 0.05}
///   ]
/// }
/// ```
///
/// A setting that is not given has its published value. What is unknown is refused by name.
///
/// @param name for the report
/// @param onBadInput what becomes of input that cannot be read
/// @param reading how files are read, and how much of them
/// @param expect by the name of a step, the least and the highest share that it is to remove of the
///   documents that come to it; a run in which it does otherwise fails when it ends
/// @param steps those for single documents first
public record Recipe(
        String name,
        BadInput onBadInput,
        Reading reading,
        Map<String, Share> expect,
        List<Step> steps) {
    /// Repair, the quality rules of Gopher, C4 and FineWeb, private data, duplicates and a held-out
    /// part.
    public static final String DEFAULT = "default";

    private static final JsonMapper JSON =
            JsonMapper.builder()
                    .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                    .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
                    .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
                    .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build();

    private static final Map<String, List<String>> NAMED =
            Map.of(
                    DEFAULT,
                    List.of(
                            "repair",
                            "gopherRepetition",
                            "gopherQuality",
                            "c4Quality",
                            "fineWebQuality",
                            "privateData",
                            "exactDuplicates",
                            "nearDuplicates",
                            "heldOut"),
                    "code",
                    List.of(
                            "repair",
                            "privateData",
                            "exactDuplicates",
                            "nearDuplicates",
                            "heldOut"),
                    "light",
                    List.of("repair", "privateData", "exactDuplicates", "heldOut"));

    /// @throws RecipeException where a step for single documents stands behind one for all of them,
    ///   or one for all of them stands there twice, or something is expected of a step that is not
    ///   there
    public Recipe {
        steps = List.copyOf(steps);
        requireOrder(steps);
        expect = Collections.unmodifiableMap(new TreeMap<>(expect));
        var names = new TreeSet<String>();
        steps.forEach(step -> names.add(StepNames.of(step)));
        expect.keySet().forEach(step -> requireKnown("'expect' of the recipe", step, names));
    }

    /// Steps that may do whatever they do.
    public Recipe(String name, BadInput onBadInput, Reading reading, List<Step> steps) {
        this(name, onBadInput, reading, Map.of(), steps);
    }

    /// The same steps, of which other shares are expected.
    public Recipe expecting(Map<String, Share> shares) {
        return new Recipe(name, onBadInput, reading, shares, steps);
    }

    private static void requireOrder(List<Step> steps) {
        String corpusStep = "";
        String passages = "";
        var seen = new HashSet<Class<?>>();
        for (Step step : steps) {
            if (step instanceof CorpusStep) {
                corpusStep = StepNames.of(step);
                boolean whole = step instanceof ExactDuplicates || step instanceof NearDuplicates;
                if (whole && !passages.isEmpty()) {
                    throw new RecipeException(
                            "the step '%s' stands behind '%s', which takes passages out of the documents that it leaves; put it in front"
                                    .formatted(corpusStep, passages));
                }
                passages = step instanceof PassageStep ? corpusStep : passages;
                if (!seen.add(step.getClass())) {
                    throw new RecipeException(
                            "the step '%s' stands in the recipe twice; leave one out"
                                    .formatted(corpusStep));
                }
            } else if (!corpusStep.isEmpty()) {
                throw new RecipeException(
                        "the step '%s' stands behind '%s', which looks at all documents; put it in front"
                                .formatted(StepNames.of(step), corpusStep));
            }
        }
    }

    /// The names of the recipes that come with this library.
    public static Collection<String> names() {
        return new TreeSet<>(NAMED.keySet());
    }

    /// One of the recipes that come with this library.
    public static Recipe named(String name) {
        List<String> steps = NAMED.get(name);
        if (steps == null) {
            throw new RecipeException(
                    "there is no recipe %s%s; the names are %s"
                            .formatted(
                                    BadFileException.quote(name),
                                    meant(name, NAMED.keySet()),
                                    String.join(", ", names())));
        }
        List<Step> settings = steps.stream().map(step -> known(step).orElseThrow()).toList();
        return new Recipe(name, BadInput.SKIP, Reading.DEFAULT, settings);
    }

    /// Reads a recipe's file.
    ///
    /// @throws RecipeException where it is not one
    public static Recipe read(Path file) throws IOException {
        try {
            return parse(Files.readString(file));
        } catch (RecipeException e) {
            throw new RecipeException(file + ": " + e.getMessage(), e);
        } catch (CharacterCodingException e) {
            throw new RecipeException(file + ": the recipe is not UTF-8; save it as UTF-8", e);
        }
    }

    /// Reads a recipe from JSON.
    public static Recipe parse(String json) {
        JsonNode tree;
        try {
            tree = JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new RecipeException(
                    "the recipe is not JSON (%s); correct it"
                            .formatted(e.getOriginalMessage().lines().findFirst().orElse("")),
                    e);
        }
        if (!(tree instanceof ObjectNode object)) {
            throw new RecipeException("a recipe is an object; begin it with {");
        }
        return of(object);
    }

    private static Recipe of(ObjectNode object) {
        var keys = List.of("name", "onBadInput", "reading", "expect", "steps");
        object.fieldNames().forEachRemaining(key -> requireKnown("the recipe", key, keys));
        JsonNode steps = object.get("steps");
        if (!(steps instanceof ArrayNode array)) {
            throw new RecipeException("the recipe has no list 'steps'; add one");
        }
        var all = new ArrayList<Step>();
        for (JsonNode step : array) {
            all.add(step(step));
        }
        JsonNode name = object.get("name");
        JsonNode bad = object.get("onBadInput");
        JsonNode reading = object.get("reading");
        JsonNode expect = object.get("expect");
        return new Recipe(
                name == null ? "unnamed" : name.asText(),
                bad == null ? BadInput.SKIP : value("onBadInput", bad, BadInput.class),
                reading == null ? Reading.DEFAULT : merged("reading", Reading.DEFAULT, reading),
                expect == null ? Map.of() : shares(expect),
                all);
    }

    private static Map<String, Share> shares(JsonNode given) {
        var shares = new TreeMap<String, Share>();
        for (Map.Entry<String, JsonNode> entry : given.properties()) {
            JsonNode pair = entry.getValue();
            if (pair.size() != 2 || !pair.path(0).isNumber() || !pair.path(1).isNumber()) {
                throw new RecipeException(
                        "'expect.%s' of the recipe is %s; set it to two numbers, such as [0.001, 0.3]"
                                .formatted(entry.getKey(), pair));
            }
            shares.put(entry.getKey(), new Share(pair.get(0).asDouble(), pair.get(1).asDouble()));
        }
        return shares;
    }

    private static Step step(JsonNode given) {
        if (given.isTextual()) {
            return known(given.asText()).orElseThrow(() -> unknown(given.asText()));
        }
        JsonNode name = given.get("step");
        if (name == null || !name.isTextual()) {
            throw new RecipeException(
                    "a step of the recipe has no name; write {\"step\": \"repair\"}");
        }
        Step defaults = known(name.asText()).orElseThrow(() -> unknown(name.asText()));
        ObjectNode settings = ((ObjectNode) given).deepCopy();
        settings.remove("step");
        return merged(name.asText(), defaults, settings);
    }

    private static Optional<Step> known(String name) {
        return Optional.ofNullable(StepNames.all().get(name));
    }

    private static RecipeException unknown(String name) {
        return new RecipeException(
                "there is no step %s%s; the steps are %s"
                        .formatted(
                                BadFileException.quote(name),
                                meant(name, StepNames.all().keySet()),
                                String.join(", ", StepNames.all().keySet())));
    }

    private static String meant(String name, Collection<String> known) {
        List<String> near = NearNames.of(name, known);
        return near.isEmpty() ? "" : " (did you mean " + String.join(" or ", near) + "?)";
    }

    private static void requireKnown(String where, String key, Collection<String> keys) {
        if (!keys.contains(key)) {
            throw new RecipeException(
                    "%s has no key %s%s; it has %s"
                            .formatted(
                                    where,
                                    BadFileException.quote(key),
                                    meant(key, keys),
                                    keys.isEmpty() ? "none" : String.join(", ", keys)));
        }
    }

    /// Settings with some of them replaced.
    private static <T> T merged(String name, T defaults, JsonNode given) {
        if (!given.isObject()) {
            throw new RecipeException("'%s' is not an object; begin it with {".formatted(name));
        }
        ObjectNode all = JSON.valueToTree(defaults);
        var keys = new ArrayList<String>();
        all.fieldNames().forEachRemaining(keys::add);
        given.properties()
                .forEach(
                        entry -> {
                            requireKnown("'" + name + "'", entry.getKey(), keys);
                            all.set(entry.getKey(), entry.getValue());
                        });
        @SuppressWarnings("unchecked") // the class of the value that is returned
        Class<T> type = (Class<T>) defaults.getClass();
        return value(name, all, type);
    }

    private static <T> T value(String name, JsonNode tree, Class<T> type) {
        try {
            return JSON.treeToValue(tree, type);
        } catch (JsonProcessingException e) {
            Throwable cause = e.getCause();
            if (cause instanceof IllegalArgumentException bad) {
                throw new RecipeException(String.valueOf(bad.getMessage()), e);
            }
            throw new RecipeException(
                    "'%s' of the recipe cannot be understood (%s); correct its value"
                            .formatted(name, e.getOriginalMessage().lines().findFirst().orElse("")),
                    e);
        }
    }

    /// This recipe with one setting changed.
    ///
    /// @param assignment `STEP.KEY=VALUE`, `reading.KEY=VALUE`, `expect.STEP=[LEAST,MOST]` or
    ///   `onBadInput=VALUE`, where the value is JSON or a word
    public Recipe with(String assignment) {
        int equals = assignment.indexOf('=');
        if (equals < 1) {
            throw new RecipeException(
                    "%s is no setting; write STEP.KEY=VALUE, such as heldOut.share=0.05"
                            .formatted(BadFileException.quote(assignment)));
        }
        String key = assignment.substring(0, equals).strip();
        JsonNode value = valueOf(assignment.substring(equals + 1).strip());
        ObjectNode tree = tree();
        int dot = key.indexOf('.');
        if (dot < 0) {
            tree.set(key, value);
            return of(tree);
        }
        String owner = key.substring(0, dot);
        String setting = key.substring(dot + 1);
        if (owner.equals("reading") || owner.equals("expect")) {
            ((ObjectNode) tree.get(owner)).set(setting, value);
            return of(tree);
        }
        boolean found = false;
        for (JsonNode step : tree.get("steps")) {
            if (owner.equals(step.get("step").asText())) {
                ((ObjectNode) step).set(setting, value);
                found = true;
            }
        }
        if (!found) {
            var owners = new TreeSet<String>();
            steps.forEach(step -> owners.add(StepNames.of(step)));
            throw new RecipeException(
                    "the recipe has no step %s%s; it has %s"
                            .formatted(
                                    BadFileException.quote(owner),
                                    meant(owner, owners),
                                    String.join(", ", owners)));
        }
        return of(tree);
    }

    private static JsonNode valueOf(String text) {
        try {
            JsonNode value = JSON.readTree(text);
            return value == null || value.isMissingNode()
                    ? JSON.getNodeFactory().textNode(text)
                    : value;
        } catch (JsonProcessingException e) {
            return JSON.getNodeFactory().textNode(text); // a word
        }
    }

    /// The steps that look at one document at a time, ready to judge.
    public List<DocumentStep> prepared() throws IOException {
        var prepared = new ArrayList<DocumentStep>();
        for (Step step : steps) {
            if (step instanceof DocumentStep document) {
                prepared.add(document.prepared());
            }
        }
        return prepared;
    }

    /// The names of the steps, in their order.
    public List<String> stepNames() {
        return steps.stream().map(StepNames::of).toList();
    }

    /// The names of steps that are not of this library, and so stand in no recipe's file.
    public List<String> ownSteps() {
        return steps.stream().filter(step -> !StepNames.isKnown(step)).map(StepNames::of).toList();
    }

    /// The step of a class, where the recipe has one.
    public <T extends Step> Optional<T> step(Class<T> type) {
        return steps.stream().filter(type::isInstance).map(type::cast).findFirst();
    }

    private ObjectNode tree() {
        ObjectNode tree = JSON.createObjectNode();
        tree.put("name", name);
        tree.put("onBadInput", onBadInput.name().toLowerCase(Locale.ROOT));
        tree.set("reading", JSON.valueToTree(reading));
        ObjectNode shares = tree.putObject("expect");
        expect.forEach((step, share) -> shares.putArray(step).add(share.least()).add(share.most()));
        ArrayNode all = tree.putArray("steps");
        for (Step step : steps) {
            ObjectNode one = all.addObject();
            one.put("step", StepNames.of(step));
            if (StepNames.isKnown(step)) {
                one.setAll((ObjectNode) JSON.valueToTree(step));
            } else {
                one.put("settings", step.toString());
            }
        }
        return tree;
    }

    /// The whole recipe as JSON, with every setting; of steps that are not of this library, as they
    /// describe themselves.
    public String json() {
        return tree().toPrettyString() + "\n";
    }
}
