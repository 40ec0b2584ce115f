package io.tornadogpt.core.files;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// The JSON in model files that come from elsewhere, read token by token: strict UTF-8, no document
/// tree, and a limit on everything that would otherwise grow with what a file claims.
///
/// Every mistake becomes a [ModelFileException] that names the field last entered; [IOException]s
/// of the disk pass through.
final class StrictJson implements AutoCloseable {
    /// Longest name of a tensor. The longest in use are under 200 characters.
    static final int LONGEST_NAME = 4096;

    /// Longest text in all of a file's metadata together.
    static final int LONGEST_METADATA = 4 << 20;

    /// Most tensors in one file or index. It keeps what a hostile header can make us allocate in
    /// proportion to the header; GPT-2's largest model has 580.
    static final int MOST_TENSORS = 16_384;

    // Headers nest three deep (object, tensor, shape). Symbol tables are off: names are read once,
    // and a table shared by all files would be open to colliding names.
    private static final JsonFactory FACTORY =
            JsonFactory.builder()
                    .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                    .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                    .streamReadConstraints(
                            StreamReadConstraints.builder()
                                    .maxNestingDepth(8)
                                    .maxNumberLength(20)
                                    .maxNameLength(LONGEST_NAME)
                                    .maxStringLength(LONGEST_METADATA)
                                    .build())
                    .build();

    private final Path file;
    private final String whole;
    private final JsonParser parser;

    // Where the reader is. Put together only for a message: a header has many entries.
    private String field;
    private @Nullable String fieldName;

    /// @param whole what the JSON as a whole is called in messages
    StrictJson(Path file, String whole, InputStream in) throws IOException {
        this.file = file;
        this.whole = whole;
        this.field = whole;
        var utf8 =
                StandardCharsets.UTF_8
                        .newDecoder()
                        .onMalformedInput(CodingErrorAction.REPORT)
                        .onUnmappableCharacter(CodingErrorAction.REPORT);
        this.parser = FACTORY.createParser(new InputStreamReader(in, utf8));
    }

    /// Says where the reader is, for messages: "tensor" and a name from the file.
    void enter(String field, @Nullable String name) {
        this.field = field;
        this.fieldName = name;
    }

    /// The next token.
    JsonToken next() throws IOException {
        JsonToken token = advance();
        if (token == null) {
            enter(whole, null);
            throw bad("ends in the middle of its JSON");
        }
        return token;
    }

    private JsonToken advance() throws IOException {
        try {
            return parser.nextToken();
        } catch (JsonProcessingException e) {
            throw notJson(e);
        } catch (CharacterCodingException e) {
            throw notUtf8(e);
        }
    }

    /// Steps over the next token, which must be the given one.
    void expect(JsonToken expected) throws IOException {
        JsonToken token = next();
        if (token != expected) {
            throw unexpected(token, describe(expected));
        }
    }

    /// Checks that nothing but white space follows.
    void expectEnd() throws IOException {
        if (advance() != null) {
            enter(whole, null);
            throw bad("goes on behind its closing brace");
        }
    }

    /// The name of the field that the parser stands on.
    String name() throws IOException {
        return wellFormed(parser.currentName());
    }

    /// Reads a string value.
    String string() throws IOException {
        expect(JsonToken.VALUE_STRING);
        try {
            return wellFormed(parser.getText());
        } catch (JsonProcessingException e) {
            throw notJson(e);
        } catch (CharacterCodingException e) {
            throw notUtf8(e);
        }
    }

    /// The whole number from 0 to 2^63-1 that the given token, just read, stands for.
    long count(JsonToken token) throws IOException {
        if (token != JsonToken.VALUE_NUMBER_INT) {
            throw unexpected(token, "a whole number");
        }
        long count;
        try {
            count = parser.getLongValue();
        } catch (JsonProcessingException e) {
            throw bad("holds a number beyond 2^63-1", e);
        }
        boolean minusZero = count == 0 && parser.getTextLength() > 1;
        if (count < 0 || minusZero) {
            throw bad("holds a negative number, " + parser.getText());
        }
        return count;
    }

    /// Steps over the value that follows the current field, whatever it is.
    void skipValue() throws IOException {
        int depth = 0;
        do {
            JsonToken token = next();
            if (token.isStructStart()) {
                depth++;
            } else if (token.isStructEnd()) {
                depth--;
            }
        } while (depth > 0);
    }

    /// A mistake in the field last entered.
    ModelFileException bad(String problem) {
        return bad(problem, null);
    }

    private ModelFileException bad(String problem, @Nullable Throwable cause) {
        String where = fieldName == null ? field : field + " " + BadFileException.quote(fieldName);
        return new ModelFileException(file, where, problem, ModelFiles.FETCH_AGAIN, cause);
    }

    private ModelFileException unexpected(JsonToken found, String expected) {
        return bad("has %s where %s belongs".formatted(describe(found), expected));
    }

    private static String describe(JsonToken token) {
        return switch (token) {
            case START_OBJECT -> "an object";
            case START_ARRAY -> "an array";
            case END_OBJECT -> "the end of an object";
            case END_ARRAY -> "the end of an array";
            case VALUE_STRING -> "a string";
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
            case VALUE_TRUE, VALUE_FALSE -> "true or false";
            case VALUE_NULL -> "null";
            default -> token.name();
        };
    }

    /// JSON can spell half of a surrogate pair; no UTF-8 file can hold it.
    private String wellFormed(String text) throws ModelFileException {
        // By hand: a CharsetEncoder for every name would allocate more than the header is long.
        int at = 0;
        while (at < text.length()) {
            int codePoint = text.codePointAt(at);
            if (Character.getType(codePoint) == Character.SURROGATE) {
                enter("the text", text);
                throw bad("holds half of a surrogate pair");
            }
            at += Character.charCount(codePoint);
        }
        return text;
    }

    private ModelFileException notUtf8(CharacterCodingException e) {
        enter(whole, null);
        return bad("is not UTF-8", e);
    }

    private ModelFileException notJson(JsonProcessingException e) {
        String reason = e.getOriginalMessage().lines().findFirst().orElse("");
        long at = e.getLocation() == null ? -1 : e.getLocation().getCharOffset();
        String place = at < 0 ? "" : " at character " + at;
        enter(whole, null);
        return bad(
                "is not the JSON that is expected%s: %s"
                        .formatted(place, BadFileException.quote(reason)),
                e);
    }

    @Override
    public void close() throws IOException {
        parser.close();
    }
}
