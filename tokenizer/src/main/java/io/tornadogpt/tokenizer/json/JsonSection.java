package io.tornadogpt.tokenizer.json;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;

import io.tornadogpt.tokenizer.TokenizerFormatException;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A part of a JSON file that knows the file and where in it the part stands, so that whatever is
/// wrong with it can be told in one sentence.
///
/// @param file what messages call the file
/// @param field the part's place, as in `pre_tokenizer.pretokenizers[1]`
public record JsonSection(Path file, String field, JsonNode node) {

    private static final int MOST_SHOWN = 80;

    /// Whether the part is missing or null.
    public boolean isNull() {
        return node.isNull() || node.isMissingNode();
    }

    public boolean has(String name) {
        return node.hasNonNull(name);
    }

    /// The field `type` of an object.
    public String type() throws TokenizerFormatException {
        if (!node.isObject()) {
            throw refuse("is " + shown() + " where an object was expected");
        }
        return text("type");
    }

    public JsonSection child(String name) {
        JsonNode value = node.get(name);
        return new JsonSection(
                file,
                field.isEmpty() ? name : field + "." + name,
                value == null ? MissingNode.getInstance() : value);
    }

    /// The elements of an array.
    public List<JsonSection> list(String name) throws TokenizerFormatException {
        JsonSection array = child(name);
        if (!array.node.isArray()) {
            throw array.refuse("is " + array.shown() + " where an array was expected");
        }
        return array.elements();
    }

    /// The elements of this array; none where this is something else.
    public List<JsonSection> elements() {
        List<JsonSection> elements = new ArrayList<>();
        for (int i = 0; i < node.size() && node.isArray(); i++) {
            elements.add(new JsonSection(file, field + "[" + i + "]", node.get(i)));
        }
        return elements;
    }

    /// The values of this object by name.
    public Map<String, JsonSection> members() {
        Map<String, JsonSection> members = new java.util.LinkedHashMap<>();
        node.fieldNames().forEachRemaining(name -> members.put(name, child(name)));
        return members;
    }

    public boolean flag(String name, boolean otherwise) throws TokenizerFormatException {
        JsonSection value = child(name);
        if (value.isNull()) {
            return otherwise;
        }
        if (!value.node.isBoolean()) {
            throw value.refuse("is " + value.shown() + "; expected true or false");
        }
        return value.node.booleanValue();
    }

    public String text(String name) throws TokenizerFormatException {
        String value = textOrNull(name);
        if (value == null) {
            throw child(name).refuse("is missing; expected a string");
        }
        return value;
    }

    public @Nullable String textOrNull(String name) throws TokenizerFormatException {
        JsonSection value = child(name);
        return value.isNull() ? null : value.asText();
    }

    /// This part as a string.
    public String asText() throws TokenizerFormatException {
        if (!node.isTextual()) {
            throw refuse("is " + shown() + "; expected a string");
        }
        return node.textValue();
    }

    /// A string of one character.
    public int character(String name) throws TokenizerFormatException {
        String value = text(name);
        if (value.isEmpty() || value.codePointCount(0, value.length()) != 1) {
            throw child(name).refuse("is " + quote(value) + "; expected one character");
        }
        return value.codePointAt(0);
    }

    public int integer(String name, int least, int most) throws TokenizerFormatException {
        return child(name).asInteger(least, most);
    }

    public int integer(String name, int least, int most, int otherwise)
            throws TokenizerFormatException {
        return child(name).isNull() ? otherwise : integer(name, least, most);
    }

    /// This part as a number without a fraction.
    public int asInteger(int least, int most) throws TokenizerFormatException {
        if (!node.isIntegralNumber()
                || !node.canConvertToInt()
                || node.intValue() < least
                || node.intValue() > most) {
            throw refuse(
                    "is "
                            + shown()
                            + "; expected "
                            + (least == most
                                    ? Integer.toString(least)
                                    : "a number from " + least + " to " + most));
        }
        return node.intValue();
    }

    /// An exception whose sentence begins with the file and this field.
    public TokenizerFormatException refuse(String what) {
        return new TokenizerFormatException(file, (field + " " + what).strip());
    }

    /// This is understood but not supported.
    public TokenizerFormatException unsupported(String expected) {
        JsonNode type = node.path("type");
        String value = type.isTextual() ? type.toString() : shown();
        return refuse(value + " is not supported; expected " + expected);
    }

    /// The value for a message, cut where it is long.
    public String shown() {
        if (node.isMissingNode()) {
            return "missing";
        }
        String text = node.toString();
        return text.length() <= MOST_SHOWN ? text : text.substring(0, MOST_SHOWN) + "...";
    }

    /// A token for a message: quoted, escaped, and cut where it is long.
    public static String quote(String token) {
        String shown = token.length() <= 40 ? token : token.substring(0, 40) + "...";
        StringBuilder text = new StringBuilder("\"");
        for (int i = 0; i < shown.length(); i++) {
            char c = shown.charAt(i);
            if (Character.isISOControl(c) || Character.isSurrogate(c)) {
                text.append(String.format("\\u%04x", (int) c));
            } else {
                text.append(c);
            }
        }
        return text.append('"').toString();
    }
}
