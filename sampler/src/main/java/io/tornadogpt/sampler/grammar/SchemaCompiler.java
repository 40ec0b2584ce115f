package io.tornadogpt.sampler.grammar;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import io.tornadogpt.core.files.BadFileException;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Turns a JSON schema into an automaton of the texts that are valid against it.
///
/// What a schema refers to becomes a part that is called, so that schemas may refer to themselves
/// and the automaton's size is in proportion to the schema's.
final class SchemaCompiler {
    private static final int DEEPEST = 64;
    private static final int LONGEST_NAME = 256;
    private static final int MOST_ITEMS = 10_000;
    private static final List<String> TYPES =
            List.of("object", "array", "string", "number", "integer", "boolean", "null");

    /// Keywords that say nothing about what is valid.
    private static final Set<String> ANNOTATIONS =
            Set.of(
                    "title",
                    "description",
                    "default",
                    "example",
                    "examples",
                    "deprecated",
                    "readOnly",
                    "writeOnly",
                    "$schema",
                    "$id",
                    "$anchor",
                    "$comment",
                    "$defs",
                    "definitions",
                    "discriminator",
                    "contentEncoding",
                    "contentMediaType");

    private static final Set<String> OF_OBJECTS =
            Set.of("properties", "required", "additionalProperties");
    private static final Set<String> OF_ARRAYS =
            Set.of("items", "prefixItems", "minItems", "maxItems");
    private static final Set<String> OF_STRINGS =
            Set.of("minLength", "maxLength", "pattern", "format");
    private static final Set<String> OF_NUMBERS =
            Set.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum");

    private static final Map<String, String> FORMATS =
            Map.of(
                    "date", "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$",
                    "time",
                            "^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?"
                                    + "(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$",
                    "date-time",
                            "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T"
                                    + "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?"
                                    + "(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$",
                    "uuid", "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
                    "ipv4",
                            "^((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])\\.){3}"
                                    + "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])$");

    /// A part that is called before it is written.
    private record Pending(int begin, JsonNode schema, String path) {}

    private final Automaton automaton;
    private final JsonNode root;
    private final StringParts strings;
    private final Numbers numbers;
    private final int space;
    private final Map<String, Integer> references = new HashMap<>();
    private final ArrayDeque<Pending> pending = new ArrayDeque<>();
    private int anyValue = -1;

    SchemaCompiler(Automaton automaton, JsonNode root) {
        this.automaton = automaton;
        this.root = root;
        strings = new StringParts(automaton);
        numbers = new Numbers(automaton);
        space = space();
    }

    /// Writes everything.
    ///
    /// @return the part that is the whole text
    int start() {
        int start = part(root, "#");
        while (!pending.isEmpty()) {
            Pending next = pending.remove();
            automaton.end(value(next.begin(), next.schema(), next.path(), 0));
        }
        return start;
    }

    private int part(JsonNode schema, String path) {
        int begin = automaton.node();
        pending.add(new Pending(begin, schema, path));
        return begin;
    }

    /// What may stand between the signs of JSON: nothing, a blank, or a new line with its
    /// indentation. No more: a model would go on with blanks for ever.
    private int space() {
        int begin = automaton.node();
        int end = automaton.node();
        automaton.empty(begin, end);
        automaton.empty(automaton.bytes(begin, ' ', ' '), end);
        int indented = automaton.bytes(begin, '\n', '\n');
        int most = 24;
        automaton.empty(
                Repeats.emit(automaton, indented, 0, most, node -> automaton.bytes(node, ' ', ' ')),
                end);
        automaton.end(end);
        return begin;
    }

    private int spaced(int from) {
        return automaton.call(from, space);
    }

    private int comma(int from) {
        return spaced(automaton.bytes(from, ',', ','));
    }

    private static GrammarException bad(String path, String what) {
        return new GrammarException("the schema at %s %s".formatted(shortened(path), what));
    }

    private static String shortened(String path) {
        int most = 100;
        return path.length() <= most ? path : "..." + path.substring(path.length() - most);
    }

    // ---- values

    private int value(int from, JsonNode schema, String path, int depth) {
        if (depth > DEEPEST) {
            throw bad(path, "is nested deeper than %d levels; make it flatter".formatted(DEEPEST));
        }
        if (schema.isBoolean()) {
            return schema.booleanValue() ? anyValue(from) : automaton.node();
        }
        if (!schema.isObject()) {
            throw bad(path, "is no object; a schema has to be one");
        }
        if (schema.has("$ref")) {
            requireOnly(schema, path, Set.of("$ref"));
            return automaton.call(from, reference(schema.get("$ref"), path));
        }
        if (schema.has("const")) {
            requireOnly(schema, path, Set.of("const", "type"));
            return constants(from, List.of(schema.get("const")), schema, path);
        }
        if (schema.has("enum")) {
            requireOnly(schema, path, Set.of("enum", "type"));
            if (!schema.get("enum").isArray()) {
                throw bad(path, "has an enum that is no list; make it one");
            }
            return constants(from, schema.get("enum"), schema, path);
        }
        for (String choice : List.of("anyOf", "oneOf", "allOf")) {
            if (schema.has(choice)) {
                requireOnly(schema, path, Set.of(choice));
                return choice(from, schema.get(choice), path + "/" + choice, depth);
            }
        }
        return ofTypes(from, schema, path, depth);
    }

    private static void requireOnly(JsonNode schema, String path, Set<String> keywords) {
        for (String name : (Iterable<String>) schema::fieldNames) {
            if (!keywords.contains(name) && !ANNOTATIONS.contains(name)) {
                throw bad(
                        path,
                        "has %s beside %s, which is not supported together; leave one out"
                                .formatted(
                                        BadFileException.quote(name), keywords.iterator().next()));
            }
        }
    }

    private int choice(int from, JsonNode list, String path, int depth) {
        if (!list.isArray() || list.isEmpty()) {
            throw bad(path, "is no list of schemas; make it one");
        }
        if (path.endsWith("/allOf") && list.size() > 1) {
            throw bad(path, "has several schemas, which is not supported; merge them into one");
        }
        int end = automaton.node();
        for (int i = 0; i < list.size(); i++) {
            int begin = automaton.node();
            automaton.empty(from, begin);
            automaton.empty(value(begin, list.get(i), path + "/" + i, depth + 1), end);
        }
        return end;
    }

    private int reference(JsonNode reference, String path) {
        String text = reference.asText();
        Integer known = references.get(text);
        if (known != null) {
            return known;
        }
        if (!reference.isTextual() || !text.startsWith("#")) {
            throw bad(
                    path,
                    "refers to %s; only places within the schema itself, which begin with #, are"
                                    .formatted(BadFileException.quote(text))
                            + " read");
        }
        JsonNode target = resolve(text.substring(1));
        if (target == null) {
            throw bad(
                    path,
                    "refers to %s, where there is nothing".formatted(BadFileException.quote(text)));
        }
        int begin = part(target, text);
        references.put(text, begin);
        return begin;
    }

    private @Nullable JsonNode resolve(String pointer) {
        try {
            String decoded = URLDecoder.decode(pointer.replace("+", "%2B"), StandardCharsets.UTF_8);
            JsonNode target = root.at(decoded);
            return target.isMissingNode() ? null : target;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private int constants(int from, Iterable<JsonNode> values, JsonNode schema, String path) {
        Set<String> types = new LinkedHashSet<>(types(schema, path));
        int end = automaton.node();
        for (JsonNode value : values) {
            if (isOf(value, types)) {
                int begin = automaton.node();
                automaton.empty(from, begin);
                automaton.empty(automaton.literal(begin, value.toString()), end);
            }
        }
        return end;
    }

    private static boolean isOf(JsonNode value, Set<String> types) {
        boolean whole = value.isNumber() && value.doubleValue() == Math.rint(value.doubleValue());
        return types.stream()
                .anyMatch(
                        type ->
                                switch (type) {
                                    case "object" -> value.isObject();
                                    case "array" -> value.isArray();
                                    case "string" -> value.isTextual();
                                    case "number" -> value.isNumber();
                                    case "integer" -> whole;
                                    case "boolean" -> value.isBoolean();
                                    default -> value.isNull();
                                });
    }

    /// The types that a schema names; all where it names none.
    private static List<String> types(JsonNode schema, String path) {
        JsonNode type = schema.get("type");
        if (type == null) {
            return TYPES;
        }
        List<String> types = new ArrayList<>();
        if (type.isArray()) {
            type.forEach(each -> types.add(each.asText()));
        } else {
            types.add(type.asText());
        }
        for (String each : types) {
            if (!TYPES.contains(each)) {
                throw bad(
                        path,
                        "has the type %s; there are %s"
                                .formatted(BadFileException.quote(each), TYPES));
            }
        }
        return types;
    }

    private int ofTypes(int from, JsonNode schema, String path, int depth) {
        List<String> types = schema.has("type") ? types(schema, path) : meant(schema);
        for (String name : (Iterable<String>) schema::fieldNames) {
            boolean known =
                    name.equals("type")
                            || ANNOTATIONS.contains(name)
                            || OF_OBJECTS.contains(name)
                            || OF_ARRAYS.contains(name)
                            || OF_STRINGS.contains(name)
                            || OF_NUMBERS.contains(name);
            if (!known) {
                throw bad(
                        path,
                        "has the keyword %s, which is not supported; leave it out"
                                .formatted(BadFileException.quote(name)));
            }
        }
        if (types.isEmpty()) {
            return anyValue(from);
        }
        int end = automaton.node();
        for (String type : types) {
            int begin = automaton.node();
            automaton.empty(from, begin);
            automaton.empty(ofType(begin, type, schema, path, depth), end);
        }
        return end;
    }

    /// The type that a schema without one speaks of; empty where it speaks of none.
    private static List<String> meant(JsonNode schema) {
        for (String name : (Iterable<String>) schema::fieldNames) {
            if (OF_OBJECTS.contains(name)) {
                return List.of("object");
            }
            if (OF_ARRAYS.contains(name)) {
                return List.of("array");
            }
            if (OF_STRINGS.contains(name)) {
                return List.of("string");
            }
            if (OF_NUMBERS.contains(name)) {
                return List.of("number");
            }
        }
        return List.of();
    }

    private int ofType(int from, String type, JsonNode schema, String path, int depth) {
        return switch (type) {
            case "object" -> object(from, schema, path, depth);
            case "array" -> array(from, schema, path);
            case "string" -> string(from, schema, path);
            case "number" -> numbers.decimal(from, range(schema, path));
            case "integer" -> numbers.whole(from, range(schema, path));
            case "boolean" -> {
                int end = automaton.literal(from, "true");
                automaton.empty(automaton.literal(from, "false"), end);
                yield end;
            }
            default -> automaton.literal(from, "null");
        };
    }

    private int anyValue(int from) {
        if (anyValue < 0) {
            anyValue = automaton.node();
            int end = automaton.node();
            automaton.end(end);
            JsonNode open = JsonNodeFactory.instance.objectNode();
            for (String type : TYPES) {
                if (!type.equals("integer")) { // a number, too
                    automaton.empty(ofType(anyValue, type, open, "#", 0), end);
                }
            }
        }
        return automaton.call(from, anyValue);
    }

    // ---- objects

    private int object(int from, JsonNode schema, String path, int depth) {
        Map<String, JsonNode> properties = properties(schema, path);
        Set<String> required = required(schema, path);
        JsonNode beside = beside(schema, path);
        for (String name : required) {
            if (!properties.containsKey(name)) {
                if (beside == null) {
                    throw bad(
                            path,
                            "requires %s, which it does not allow; declare it"
                                    .formatted(BadFileException.quote(name)));
                }
                properties.put(name, beside);
            }
        }
        int open = spaced(automaton.bytes(from, '{', '{'));
        int none = open; // nothing written so far
        int some = automaton.node(); // a property was
        for (Map.Entry<String, JsonNode> each : properties.entrySet()) {
            int property = property(each.getKey(), each.getValue(), path, depth);
            int after = automaton.node();
            automaton.empty(automaton.call(none, property), after);
            automaton.empty(automaton.call(comma(some), property), after);
            if (required.contains(each.getKey())) {
                none = automaton.node(); // not reached
            } else {
                automaton.empty(some, after);
                int still = automaton.node();
                automaton.empty(none, still);
                none = still;
            }
            some = after;
        }
        int done = automaton.node();
        automaton.empty(none, done);
        automaton.empty(some, done);
        if (beside != null) {
            int other = otherProperty(properties.keySet(), beside, path);
            int others = automaton.node();
            automaton.empty(automaton.call(none, other), others);
            automaton.empty(automaton.call(comma(some), other), others);
            automaton.empty(automaton.call(comma(others), other), others);
            automaton.empty(others, done);
        }
        return automaton.bytes(spaced(done), '}', '}');
    }

    private static Map<String, JsonNode> properties(JsonNode schema, String path) {
        Map<String, JsonNode> properties = new LinkedHashMap<>();
        JsonNode declared = schema.get("properties");
        if (declared != null) {
            if (!declared.isObject()) {
                throw bad(path, "has properties that are no object; make them one");
            }
            for (Map.Entry<String, JsonNode> each : declared.properties()) {
                requireName(each.getKey(), path);
                properties.put(each.getKey(), each.getValue());
            }
        }
        return properties;
    }

    private static void requireName(String name, String path) {
        if (name.length() > LONGEST_NAME) {
            throw bad(
                    path,
                    "has a property whose name is longer than %d characters; shorten it"
                            .formatted(LONGEST_NAME));
        }
    }

    private static Set<String> required(JsonNode schema, String path) {
        Set<String> required = new LinkedHashSet<>();
        JsonNode names = schema.get("required");
        if (names != null) {
            if (!names.isArray()) {
                throw bad(path, "has required that is no list of names; make it one");
            }
            for (JsonNode name : names) {
                if (!name.isTextual()) {
                    throw bad(path, "requires what is no name; list names");
                }
                requireName(name.asText(), path);
                required.add(name.asText());
            }
        }
        return required;
    }

    /// What properties that are not declared are; null where there are none. Where a schema says
    /// nothing of them there are none beside declared ones.
    private static @Nullable JsonNode beside(JsonNode schema, String path) {
        JsonNode beside = schema.get("additionalProperties");
        if (beside == null) {
            boolean declares = schema.has("properties");
            return declares ? null : BooleanNode.TRUE;
        }
        if (!beside.isBoolean() && !beside.isObject()) {
            throw bad(path, "has additionalProperties that are no schema; make them one");
        }
        return beside.isBoolean() && !beside.booleanValue() ? null : beside;
    }

    private int property(String name, JsonNode schema, String path, int depth) {
        int begin = automaton.node();
        var quoted = new StringBuilder("\"");
        name.codePoints().forEach(c -> quoted.append(StringParts.escaped(c)));
        int value = spaced(automaton.literal(begin, quoted.append("\":").toString()));
        automaton.end(value(value, schema, path + "/properties/" + name, depth + 1));
        return begin;
    }

    private int otherProperty(Set<String> declared, JsonNode schema, String path) {
        int begin = automaton.node();
        int value = spaced(automaton.bytes(strings.nameBeside(begin, declared), ':', ':'));
        automaton.end(automaton.call(value, schemaPart(schema, path + "/additionalProperties")));
        return begin;
    }

    private int schemaPart(JsonNode schema, String path) {
        if (schema.isBoolean() && schema.booleanValue()) {
            int begin = automaton.node();
            automaton.end(anyValue(begin));
            return begin;
        }
        return part(schema, path);
    }

    // ---- arrays

    private int array(int from, JsonNode schema, String path) {
        int least = count(schema, "minItems", 0, path);
        int most = count(schema, "maxItems", -1, path);
        if (most >= 0 && least > most) {
            throw bad(path, "has minItems above maxItems; change one");
        }
        List<Integer> first = new ArrayList<>();
        JsonNode prefix = schema.get("prefixItems");
        if (prefix != null) {
            if (!prefix.isArray()) {
                throw bad(path, "has prefixItems that are no list; make them one");
            }
            for (JsonNode each : prefix) {
                first.add(schemaPart(each, path + "/prefixItems/" + first.size()));
            }
        }
        JsonNode items = schema.get("items");
        boolean none = items != null && items.isBoolean() && !items.booleanValue();
        int rest =
                none ? -1 : schemaPart(items == null ? BooleanNode.TRUE : items, path + "/items");
        int node = spaced(automaton.bytes(from, '[', '['));
        int end = automaton.node();
        for (int i = 0; ; i++) {
            if (i >= least) {
                automaton.empty(node, end);
            }
            int item = i < first.size() ? first.get(i) : rest;
            if (item < 0 || i == most) {
                break;
            }
            node = automaton.call(i == 0 ? node : comma(node), item);
            if (most < 0 && i + 1 >= Math.max(1, Math.max(least, first.size()))) {
                automaton.empty(node, end);
                if (rest >= 0) {
                    automaton.empty(automaton.call(comma(node), rest), node);
                }
                break;
            }
        }
        return automaton.bytes(spaced(end), ']', ']');
    }

    private static int count(JsonNode schema, String name, int otherwise, String path) {
        JsonNode value = schema.get(name);
        if (value == null) {
            return otherwise;
        }
        boolean whole = value.isNumber() && value.canConvertToExactIntegral();
        if (!whole || value.doubleValue() < 0 || value.doubleValue() > MOST_ITEMS) {
            throw bad(
                    path,
                    "has a %s that is no whole number from 0 to %d; change it"
                            .formatted(name, MOST_ITEMS));
        }
        return value.intValue();
    }

    // ---- strings and numbers

    private int string(int from, JsonNode schema, String path) {
        int open = automaton.bytes(from, '"', '"');
        int least = count(schema, "minLength", 0, path);
        int most = count(schema, "maxLength", -1, path);
        if (most >= 0 && least > most) {
            throw bad(path, "has minLength above maxLength; change one");
        }
        String pattern = pattern(schema, path);
        if (pattern == null) {
            int close = Repeats.emit(automaton, open, least, most, strings::one);
            return automaton.bytes(close, '"', '"');
        }
        if (least > 0 || most >= 0) {
            throw bad(
                    path,
                    "has a pattern or format and a length, which is not supported together; let the"
                            + " pattern say the length");
        }
        try {
            int close = PatternCompiler.compile(automaton, strings, open, pattern);
            return automaton.bytes(close, '"', '"');
        } catch (GrammarException e) {
            throw bad(path, "has a pattern that is refused: " + e.getMessage());
        }
    }

    private static @Nullable String pattern(JsonNode schema, String path) {
        JsonNode pattern = schema.get("pattern");
        if (pattern != null) {
            if (!pattern.isTextual()) {
                throw bad(path, "has a pattern that is no text; make it one");
            }
            return pattern.asText();
        }
        return FORMATS.get(schema.path("format").asText());
    }

    private static Numbers.Bounds range(JsonNode schema, String path) {
        return new Numbers.Bounds(
                bound(schema, "minimum", path),
                bound(schema, "maximum", path),
                bound(schema, "exclusiveMinimum", path),
                bound(schema, "exclusiveMaximum", path));
    }

    private static @Nullable BigDecimal bound(JsonNode schema, String name, String path) {
        JsonNode value = schema.get(name);
        if (value == null) {
            return null;
        }
        if (!value.isNumber() || !(Math.abs(value.doubleValue()) <= Numbers.LARGEST)) {
            throw bad(
                    path,
                    "has a %s that is no number up to %d; change it"
                            .formatted(name, Numbers.LARGEST));
        }
        return value.decimalValue();
    }
}
