package io.tornadogpt.trainer.settings;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.core.files.AtomicFile;
import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.core.files.Storage;
import io.tornadogpt.trainer.json.StrictMapper;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// Configuration records as flat, dotted keys (`train.steps`), which JSON files and `--set` change,
/// and as records again.
///
/// ```
/// Settings settings = Settings.of("model", preset.model()).and("train", preset.train());
/// settings = settings.read(Path.of("config.json")).with("train.steps=500");
/// TrainConfig config = settings.record("train", TrainConfig.class);
/// ```
///
/// The records say which keys there are and of what type each is: `int`, `long`, `double`,
/// `boolean`, `String` or an enum, whose constants are written in lower case. Any other key is
/// refused, with those that look like it. Whether a value makes sense is for the record's
/// constructor to say. Immutable.
public final class Settings {
    private final Map<String, Setting> settings;
    private final Map<String, String> aliases;

    /// Another key under which a setting is looked for; it is written under its own.
    @Retention(RetentionPolicy.RUNTIME)
    @Target(ElementType.RECORD_COMPONENT)
    public @interface Alias {
        /// With its group, such as `model.gradientCheckpointing`.
        String value();
    }

    /// A setting's type and present value.
    private record Setting(Class<?> type, Object value) {}

    private Settings(Map<String, Setting> settings, Map<String, String> aliases) {
        this.settings = Collections.unmodifiableMap(settings);
        this.aliases = Collections.unmodifiableMap(aliases);
    }

    /// The components of a record, each under `group.NAME`.
    public static Settings of(String group, Record record) {
        return new Settings(Map.of(), Map.of()).and(group, record);
    }

    /// These and the components of another record.
    public Settings and(String group, Record record) {
        Map<String, Setting> all = new LinkedHashMap<>(settings);
        Map<String, String> allAliases = new HashMap<>(aliases);
        for (RecordComponent component : record.getClass().getRecordComponents()) {
            String key = group + "." + component.getName();
            var setting = new Setting(component.getType(), value(record, component));
            if (all.put(key, setting) != null) {
                throw new IllegalArgumentException("setting " + key + " is given by two records");
            }
            Alias alias = component.getAnnotation(Alias.class);
            if (alias != null) {
                allAliases.put(alias.value(), key);
            }
        }
        return new Settings(all, allAliases);
    }

    private static Object value(Record record, RecordComponent component) {
        try {
            return component.getAccessor().invoke(record);
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException(
                    "%s must be a public record in an exported package"
                            .formatted(record.getClass().getName()),
                    e);
        }
    }

    /// With one setting changed, as `--set` takes it: `train.steps=500`.
    ///
    /// @throws IllegalArgumentException where the key is unknown or the value not of its type
    public Settings with(String assignment) {
        int equals = assignment.indexOf('=');
        if (equals < 1) {
            throw new IllegalArgumentException(
                    BadFileException.quote(assignment)
                            + " sets nothing; expected KEY=VALUE, as in train.steps=500");
        }
        return with(assignment.substring(0, equals).strip(), assignment.substring(equals + 1));
    }

    /// With one setting changed.
    ///
    /// @throws IllegalArgumentException where the key is unknown or the value not of its type
    public Settings with(String key, String value) {
        Setting present = setting(key);
        Map<String, Setting> changed = new LinkedHashMap<>(settings);
        changed.put(
                ownKey(key), new Setting(present.type, parse(key, present.type, value.strip())));
        return new Settings(changed, aliases);
    }

    /// With the settings of a JSON file, in nested objects or under dotted keys.
    ///
    /// @throws ConfigFileException where it is missing, no JSON, or sets what cannot be set
    public Settings read(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw new ConfigFileException(
                    file, "the configuration", "is a folder", "name a JSON file in it", null);
        }
        JsonNode root;
        try {
            root = StrictMapper.JSON.readTree(Files.readAllBytes(file));
        } catch (NoSuchFileException e) {
            throw new ConfigFileException(
                    file, "the configuration", "does not exist", "check the path", e);
        } catch (JsonProcessingException e) {
            throw bad(file, "is no JSON (" + StrictMapper.reason(e) + ")", e);
        }
        if (!root.isObject()) {
            throw bad(file, "is no JSON object", null);
        }
        try {
            return withAll("", root, new HashSet<>());
        } catch (IllegalArgumentException e) {
            throw bad(file, "cannot be used: " + e.getMessage(), e);
        }
    }

    private static ConfigFileException bad(Path file, String problem, @Nullable Throwable cause) {
        return new ConfigFileException(
                file, "the configuration", problem, "correct the file", cause);
    }

    private Settings withAll(String prefix, JsonNode object, Set<String> seen) {
        Settings result = this;
        for (Map.Entry<String, JsonNode> field : object.properties()) {
            String key = prefix + field.getKey();
            JsonNode value = field.getValue();
            boolean group =
                    value.isObject() && !value.isEmpty() && !settings.containsKey(ownKey(key));
            if (group) {
                result = result.withAll(key + ".", value, seen);
                continue;
            }
            if (!seen.add(ownKey(key))) {
                throw new IllegalArgumentException("setting " + key + " is given twice");
            }
            Setting present = settings.get(ownKey(key));
            if (present != null && !isOfKind(value, present.type)) {
                throw wrong(key, present.type, value.toString());
            }
            result = result.with(key, value.asText());
        }
        return result;
    }

    /// Whether JSON's kind of value goes with a type; the value itself is for [#parse].
    private static boolean isOfKind(JsonNode value, Class<?> type) {
        if (type == boolean.class) {
            return value.isBoolean();
        }
        boolean number = type == int.class || type == long.class || type == double.class;
        return number ? value.isNumber() : value.isTextual();
    }

    /// A group of settings as a record, whose constructor checks the values.
    ///
    /// @throws IllegalArgumentException from that constructor
    public <R extends Record> R record(String group, Class<R> type) {
        RecordComponent[] components = type.getRecordComponents();
        var types = new Class<?>[components.length];
        var values = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            types[i] = components[i].getType();
            values[i] = value(group + "." + components[i].getName());
        }
        try {
            return type.getConstructor(types).newInstance(values);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException(
                    "%s must be a public record in an exported package".formatted(type.getName()),
                    e);
        }
    }

    /// All keys, in the order of the records.
    public Set<String> keys() {
        return settings.keySet();
    }

    /// The value of a setting.
    ///
    /// @throws IllegalArgumentException where there is no such setting
    public Object value(String key) {
        return setting(key).value;
    }

    /// The type of a setting's values.
    ///
    /// @throws IllegalArgumentException where there is no such setting
    public Class<?> type(String key) {
        return setting(key).type;
    }

    private Setting setting(String key) {
        Setting setting = settings.get(ownKey(key));
        if (setting == null) {
            throw new IllegalArgumentException(
                    "there is no setting "
                            + BadFileException.quote(key)
                            + "; "
                            + alternatives(key));
        }
        return setting;
    }

    /// The key under which a setting is kept.
    private String ownKey(String key) {
        return aliases.getOrDefault(key, key);
    }

    /// All settings as a JSON object of groups, which [#read] reads back to the same values.
    public String toJson() {
        ObjectNode root = StrictMapper.JSON.createObjectNode();
        settings.forEach(
                (key, setting) -> {
                    int dot = key.indexOf('.');
                    root.withObject("/" + key.substring(0, dot))
                            .set(key.substring(dot + 1), json(setting.value));
                });
        return root.toPrettyString() + "\n";
    }

    private static JsonNode json(Object value) {
        return value instanceof Enum<?> constant
                ? StrictMapper.JSON.valueToTree(lowerCase(constant))
                : StrictMapper.JSON.valueToTree(value);
    }

    /// Writes [#toJson()] to a file.
    public void write(Path file) throws IOException {
        write(Storage.DISK, file);
    }

    /// As above, on another disk.
    public void write(Storage storage, Path file) throws IOException {
        AtomicFile.write(storage, file, toJson().getBytes(StandardCharsets.UTF_8));
    }

    private static Object parse(String key, Class<?> type, String text) {
        try {
            if (type == int.class) {
                return Integer.valueOf(text);
            }
            if (type == long.class) {
                return Long.valueOf(text);
            }
            if (type == double.class) {
                return Double.valueOf(text);
            }
        } catch (NumberFormatException e) {
            throw wrong(key, type, text);
        }
        if (type == boolean.class && (text.equals("true") || text.equals("false"))) {
            return Boolean.valueOf(text);
        }
        if (type == String.class) {
            return text;
        }
        if (type.isEnum()) {
            for (Object constant : type.getEnumConstants()) {
                if (lowerCase(constant).equals(text)) {
                    return constant;
                }
            }
        }
        throw wrong(key, type, text);
    }

    private static IllegalArgumentException wrong(String key, Class<?> type, String text) {
        String expected =
                switch (type.getSimpleName()) {
                    case "int" -> "a whole number up to " + Integer.MAX_VALUE;
                    case "long" -> "a whole number";
                    case "double" -> "a number";
                    case "boolean" -> "true or false";
                    case "String" -> "text";
                    default ->
                            "one of "
                                    + String.join(
                                            ", ",
                                            Arrays.stream(type.getEnumConstants())
                                                    .map(Settings::lowerCase)
                                                    .toList());
                };
        return new IllegalArgumentException(
                "%s is %s; expected %s".formatted(key, BadFileException.quote(text), expected));
    }

    private static String lowerCase(Object constant) {
        return constant.toString().toLowerCase(Locale.ROOT);
    }

    private String alternatives(String key) {
        var near = NearNames.of(key, settings.keySet());
        return near.isEmpty()
                ? "the settings are " + String.join(", ", settings.keySet())
                : "did you mean " + String.join(" or ", near) + "?";
    }

    @Override
    public String toString() {
        return toJson();
    }
}
