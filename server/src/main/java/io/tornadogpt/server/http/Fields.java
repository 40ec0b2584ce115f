package io.tornadogpt.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.core.files.BadFileException;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/// The fields of a request's JSON object, read one by one with their bounds. A field that is null
/// counts as absent, as OpenAI's clients send it. [#requireNoOthers] refuses what nobody asked for:
/// a setting that is not known is not ignored.
public final class Fields {
    private final ObjectNode object;
    private final String path;
    private final Set<String> known = new HashSet<>();

    /// The fields of a whole request.
    public Fields(ObjectNode object) {
        this(object, "");
    }

    private Fields(ObjectNode object, String path) {
        this.object = object;
        this.path = path;
    }

    /// The value of a field; null where it is absent.
    public @Nullable JsonNode value(String name) {
        known.add(name);
        JsonNode value = object.get(name);
        return value == null || value.isNull() ? null : value;
    }

    /// The fields of an object within; null where it is absent.
    public @Nullable Fields object(String name) {
        JsonNode value = value(name);
        if (value == null) {
            return null;
        }
        if (value instanceof ObjectNode inner) {
            return new Fields(inner, path + name + ".");
        }
        throw wrong(name, value, "an object");
    }

    /// A number within bounds.
    public double number(String name, double otherwise, double least, double most) {
        JsonNode value = value(name);
        if (value == null) {
            return otherwise;
        }
        double number = value.doubleValue();
        if (!value.isNumber() || !(number >= least && number <= most)) {
            throw wrong(name, value, "a number from %s to %s".formatted(plain(least), plain(most)));
        }
        return number;
    }

    private static String plain(double value) {
        return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
    }

    /// A whole number within bounds; empty where it is absent.
    public OptionalLong integer(String name, long least, long most) {
        JsonNode value = value(name);
        if (value == null) {
            return OptionalLong.empty();
        }
        boolean whole =
                value.isIntegralNumber() && value.canConvertToLong()
                        || value.isDouble() && value.canConvertToExactIntegral();
        if (!whole || value.doubleValue() < least || value.doubleValue() > most) {
            throw wrong(name, value, "a whole number from %d to %d".formatted(least, most));
        }
        return OptionalLong.of(value.longValue());
    }

    /// A whole number within bounds.
    public int integer(String name, int otherwise, int least, int most) {
        return (int) integer(name, least, most).orElse(otherwise);
    }

    /// True or false.
    public boolean flag(String name, boolean otherwise) {
        JsonNode value = value(name);
        if (value == null) {
            return otherwise;
        }
        if (!value.isBoolean()) {
            throw wrong(name, value, "true or false");
        }
        return value.booleanValue();
    }

    /// A text; null where it is absent.
    public @Nullable String text(String name) {
        JsonNode value = value(name);
        if (value == null) {
            return null;
        }
        if (!value.isTextual()) {
            throw wrong(name, value, "a text");
        }
        return wellFormed(name, value.textValue());
    }

    /// One text, or a list of them.
    ///
    /// @param most how many
    /// @param longest characters of each, of which it has one at least
    public List<String> texts(String name, int most, int longest) {
        JsonNode value = value(name);
        if (value == null) {
            return List.of();
        }
        List<JsonNode> all = new ArrayList<>();
        if (value.isArray()) {
            if (value.size() > most) {
                throw wrong(name, value, "%d texts at most".formatted(most));
            }
            value.forEach(all::add);
        } else {
            all.add(value);
        }
        List<String> texts = new ArrayList<>();
        for (JsonNode text : all) {
            String string = text.textValue();
            if (string == null || string.isEmpty() || string.length() > longest) {
                throw wrong(name, text, "texts of 1 to %d characters".formatted(longest));
            }
            texts.add(wellFormed(name, string));
        }
        return texts;
    }

    /// JSON can spell half of a surrogate pair, which is no character.
    public String wellFormed(String name, String text) {
        for (int at = 0; at < text.length(); ) {
            int codePoint = text.codePointAt(at);
            if (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE) {
                throw ApiException.badRequest(
                        path + name,
                        "%s%s holds half of a surrogate pair; send whole characters"
                                .formatted(path, name));
            }
            at += Character.charCount(codePoint);
        }
        return text;
    }

    /// Takes fields that are understood and change nothing here.
    public void ignore(String... names) {
        known.addAll(List.of(names));
    }

    /// Refuses a field that would change the answer.
    ///
    /// @param harmless a value that is no different from its absence
    public void refuse(String name, JsonNode... harmless) {
        JsonNode value = value(name);
        boolean empty = value != null && value.isContainerNode() && value.isEmpty();
        if (value != null && !empty && !List.of(harmless).contains(value)) {
            throw ApiException.badRequest(
                    path + name,
                    "unsupported_parameter",
                    "%s%s is not supported here; leave it out".formatted(path, name));
        }
    }

    /// Refuses all fields that were not asked for.
    public void requireNoOthers() {
        for (String name : (Iterable<String>) object::fieldNames) {
            if (!known.contains(name)) {
                throw ApiException.badRequest(
                        path + BadFileException.quote(name),
                        "unknown_parameter",
                        "there is no parameter %s; leave it out"
                                .formatted(BadFileException.quote(path + name)));
            }
        }
    }

    /// A value that does not do.
    ///
    /// @param expected what would
    public ApiException wrong(String name, JsonNode value, String expected) {
        String shown =
                value.isNumber() || value.isTextual()
                        ? BadFileException.quote(value.asText())
                        : value.isBoolean()
                                ? value.asText()
                                : value.isArray() ? "a list of " + value.size() : "an object";
        return ApiException.badRequest(
                path + name, "%s%s is %s; expected %s".formatted(path, name, shown, expected));
    }
}
