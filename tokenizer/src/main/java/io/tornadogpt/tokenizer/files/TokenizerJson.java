package io.tornadogpt.tokenizer.files;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.tokenizer.AddedToken;
import io.tornadogpt.tokenizer.TokenizerFormatException;
import io.tornadogpt.tokenizer.json.JsonSection;
import io.tornadogpt.tokenizer.json.RustNumbers;
import io.tornadogpt.tokenizer.model.Vocabulary;
import io.tornadogpt.tokenizer.text.Characters;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// What a Hugging Face `tokenizer.json` or `vocab.json` says, checked for form but not for meaning.
/// Files are read as a stream of JSON tokens; everything that sizes an allocation is bounded first.
final class TokenizerJson {

    /// Two tokens that become one, as the file spells them.
    record Merge(String left, String right) {

        /// Reads `left right`, where neither token holds a space.
        ///
        /// @param field what the line is called in a message
        static Merge parse(String line, Supplier<String> field, Path file)
                throws TokenizerFormatException {
            int space = line.indexOf(' ');
            if (space <= 0 || space == line.length() - 1 || line.indexOf(' ', space + 1) >= 0) {
                throw new TokenizerFormatException(
                        file,
                        field.get()
                                + " is "
                                + JsonSection.quote(line)
                                + "; expected two tokens with a space between");
            }
            return new Merge(line.substring(0, space), line.substring(space + 1));
        }
    }

    /// A piece of a unigram model and the logarithm of its probability.
    record ScoredPiece(String piece, double score) {}

    static final int MAX_FILE_BYTES = 64 << 20;
    static final int MAX_TOKENS = Vocabulary.MAX_TOKENS;
    private static final int MAX_MERGES = 1 << 21;
    private static final int MAX_TOKEN_CHARS = 1 << 16;

    /// A character map in base64 has a third of a million characters, and may have more.
    private static final int MAX_STRING_CHARS = 24 << 20;

    private static final int MAX_DEPTH = 32;

    private static final JsonMapper JSON =
            JsonMapper.builder(
                            JsonFactory.builder()
                                    .streamReadConstraints(
                                            StreamReadConstraints.builder()
                                                    .maxDocumentLength(MAX_FILE_BYTES)
                                                    .maxNestingDepth(MAX_DEPTH)
                                                    .maxStringLength(MAX_STRING_CHARS)
                                                    .maxNameLength(MAX_TOKEN_CHARS)
                                                    .maxNumberLength(40)
                                                    .build())
                                    .configure(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES, false)
                                    .configure(JsonFactory.Feature.INTERN_FIELD_NAMES, false)
                                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                                    .build())
                    .build();

    private final Path file;
    private final Map<String, JsonNode> settings = new LinkedHashMap<>();
    private final ObjectNode modelSettings = JsonNodeFactory.instance.objectNode();
    private @Nullable Map<String, Integer> vocabulary;
    private @Nullable List<ScoredPiece> pieces;
    private @Nullable List<Merge> merges;
    private List<AddedToken> addedTokens = List.of();

    private TokenizerJson(Path file) {
        this.file = file;
    }

    static TokenizerJson read(Path file) throws IOException {
        TokenizerJson result = new TokenizerJson(file);
        parse(file, result::readDocument);
        return result;
    }

    /// Reads what stands in a file of another format.
    static TokenizerJson read(Path file, byte[] json) throws IOException {
        TokenizerJson result = new TokenizerJson(file);
        if (json.length > MAX_FILE_BYTES) {
            throw result.refuse(
                    "holds a tokenizer of %d bytes; it may have %d"
                            .formatted(json.length, MAX_FILE_BYTES));
        }
        parse(file, new ByteArrayInputStream(json), result::readDocument);
        return result;
    }

    /// Reads a `vocab.json`: one object from token to id.
    static Map<String, Integer> readVocabulary(Path file) throws IOException {
        TokenizerJson result = new TokenizerJson(file);
        parse(file, json -> result.vocabulary = result.readVocabulary(json, "the document"));
        return result.vocabulary();
    }

    /// Refuses what is not a plain file of a bounded size.
    static void checkSize(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new TokenizerFormatException(file, "there is no such file");
        }
        if (Files.size(file) > MAX_FILE_BYTES) {
            throw new TokenizerFormatException(
                    file,
                    "holds "
                            + Files.size(file)
                            + " bytes; a tokenizer file may have "
                            + MAX_FILE_BYTES);
        }
        if (isLfsPointer(file)) {
            throw new TokenizerFormatException(
                    file,
                    "the file is a Git LFS pointer, which only names the real file's hash and"
                            + " size; fetch the real file with `git lfs install` and `git lfs"
                            + " pull` in that folder, or download it again");
        }
    }

    /// Whether a file is what a clone without Git LFS has in place of a large file.
    private static boolean isLfsPointer(Path file) throws IOException {
        if (Files.size(file) > 1024) {
            return false;
        }
        String text = Files.readString(file, StandardCharsets.ISO_8859_1);
        return text.startsWith("version https://git-lfs") && text.contains("\noid sha256:");
    }

    Path file() {
        return file;
    }

    Map<String, Integer> vocabulary() throws TokenizerFormatException {
        if (vocabulary == null) {
            throw refuse("model.vocab is missing");
        }
        return vocabulary;
    }

    List<Merge> merges() throws TokenizerFormatException {
        if (merges == null) {
            throw refuse("model.merges is missing");
        }
        return merges;
    }

    List<AddedToken> addedTokens() {
        return addedTokens;
    }

    /// The pieces of a unigram model.
    List<ScoredPiece> pieces() throws TokenizerFormatException {
        if (pieces == null) {
            throw refuse("model.vocab is missing; expected an array of pieces and scores");
        }
        return pieces;
    }

    boolean hasPieces() {
        return pieces != null;
    }

    boolean hasMerges() {
        return merges != null;
    }

    /// A top-level section other than model and added_tokens.
    JsonSection section(String name) {
        return new JsonSection(file, name, settings.getOrDefault(name, MissingNode.getInstance()));
    }

    /// The fields of the model other than vocab and merges.
    JsonSection model() {
        return new JsonSection(file, "model", modelSettings);
    }

    TokenizerFormatException refuse(String what) {
        return new TokenizerFormatException(file, what);
    }

    /// Reads a small JSON file as a whole.
    static JsonSection readTree(Path file) throws IOException {
        JsonNode[] tree = new JsonNode[1];
        parse(file, json -> tree[0] = JSON.readTree(json));
        JsonNode node = tree[0];
        if (node == null || !node.isObject()) {
            throw new TokenizerFormatException(file, "is not a JSON object");
        }
        return new JsonSection(file, "", node);
    }

    private interface Body {
        void read(JsonParser json) throws IOException;
    }

    private static void parse(Path file, Body body) throws IOException {
        checkSize(file);
        try (var in = Files.newInputStream(file)) {
            parse(file, in, body);
        }
    }

    private static void parse(Path file, InputStream in, Body body) throws IOException {
        try (JsonParser json = JSON.createParser(in)) {
            json.nextToken();
            body.read(json);
            if (json.nextToken() != null) {
                throw new TokenizerFormatException(file, "text follows the JSON document");
            }
        } catch (JacksonException e) {
            var where = e.getLocation();
            String place =
                    where == null
                            ? ""
                            : " at line " + where.getLineNr() + ", column " + where.getColumnNr();
            throw new TokenizerFormatException(
                    file, "not a valid JSON document" + place + ": " + e.getOriginalMessage(), e);
        }
    }

    private void readDocument(JsonParser json) throws IOException {
        expect(json, JsonToken.START_OBJECT, "the document", "an object");
        while (nextField(json)) {
            String name = json.currentName();
            json.nextToken();
            switch (name) {
                case "model" -> readModel(json);
                case "added_tokens" -> addedTokens = readAddedTokens(json);
                default -> settings.put(name, JSON.readTree(json));
            }
        }
    }

    private void readModel(JsonParser json) throws IOException {
        expect(json, JsonToken.START_OBJECT, "model", "an object");
        while (nextField(json)) {
            String name = json.currentName();
            JsonToken value = json.nextToken();
            if (name.equals("vocab") && value == JsonToken.START_OBJECT) {
                vocabulary = readVocabulary(json, "model.vocab");
            } else if (name.equals("merges") && value != JsonToken.VALUE_NULL) {
                merges = readMerges(json);
            } else if (name.equals("vocab") && value == JsonToken.START_ARRAY) {
                pieces = readPieces(json);
            } else if (name.equals("vocab")) {
                expect(json, JsonToken.START_OBJECT, "model.vocab", "an object or an array");
            } else {
                modelSettings.set(name, JSON.readTree(json));
            }
        }
    }

    private Map<String, Integer> readVocabulary(JsonParser json, String field) throws IOException {
        expect(json, JsonToken.START_OBJECT, field, "an object from token to id");
        Map<String, Integer> ids = new LinkedHashMap<>();
        while (nextField(json)) {
            String token = json.currentName();
            json.nextToken();
            if (ids.size() == MAX_TOKENS) {
                throw refuse(field + " has more than " + MAX_TOKENS + " tokens");
            }
            ids.put(token, readId(json, () -> field + "[" + JsonSection.quote(token) + "]"));
        }
        return ids;
    }

    private List<ScoredPiece> readPieces(JsonParser json) throws IOException {
        List<ScoredPiece> list = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            int index = list.size();
            Supplier<String> field = () -> "model.vocab[" + index + "]";
            if (index == MAX_TOKENS) {
                throw refuse("model.vocab has more than " + MAX_TOKENS + " pieces");
            }
            expect(json, JsonToken.START_ARRAY, field, "[piece, score]");
            String piece = nextString(json, () -> field.get() + "[0]");
            if (json.nextToken() == null || !json.currentToken().isNumeric()) {
                expect(
                        json,
                        JsonToken.VALUE_NUMBER_FLOAT,
                        () -> field.get() + "[1]",
                        "a logarithm of a probability");
            }
            double score = RustNumbers.parse(json.getText());
            if (!Double.isFinite(score)) {
                throw refuse(field.get() + "[1] is " + json.getText() + ", which is not finite");
            }
            list.add(new ScoredPiece(piece, score));
            json.nextToken();
            expect(json, JsonToken.END_ARRAY, field, "a piece and a score");
        }
        return list;
    }

    private List<Merge> readMerges(JsonParser json) throws IOException {
        expect(json, JsonToken.START_ARRAY, "model.merges", "an array");
        List<Merge> list = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            int index = list.size();
            Supplier<String> field = () -> "model.merges[" + index + "]";
            if (list.size() == MAX_MERGES) {
                throw refuse("model.merges has more than " + MAX_MERGES + " entries");
            }
            if (json.currentToken() == JsonToken.VALUE_STRING) {
                list.add(Merge.parse(json.getText(), field, file));
            } else {
                expect(json, JsonToken.START_ARRAY, field, "\"left right\" or [left, right]");
                String left = nextString(json, () -> field.get() + "[0]");
                String right = nextString(json, () -> field.get() + "[1]");
                list.add(new Merge(left, right));
                json.nextToken();
                expect(json, JsonToken.END_ARRAY, field, "two tokens");
            }
        }
        return list;
    }

    private List<AddedToken> readAddedTokens(JsonParser json) throws IOException {
        if (json.currentToken() == JsonToken.VALUE_NULL) {
            return List.of();
        }
        expect(json, JsonToken.START_ARRAY, "added_tokens", "an array");
        List<AddedToken> list = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            if (list.size() == MAX_TOKENS) {
                throw refuse("added_tokens has more than " + MAX_TOKENS + " entries");
            }
            list.add(readAddedToken(json, "added_tokens[" + list.size() + "]"));
        }
        return list;
    }

    private AddedToken readAddedToken(JsonParser json, String field) throws IOException {
        expect(json, JsonToken.START_OBJECT, field, "an object");
        JsonNode node = JSON.readTree(json);
        return addedToken(new JsonSection(file, field, node), -1);
    }

    /// Reads an added token.
    ///
    /// @param id its id where the section does not say it, or -1
    static AddedToken addedToken(JsonSection section, int id) throws TokenizerFormatException {
        String content = section.textOrNull("content");
        boolean lacksId = id < 0 && !section.has("id");
        if (content == null || content.isEmpty() || lacksId) {
            throw section.refuse("lacks its content or id");
        }
        if (!Characters.wellFormed(content).equals(content)) {
            throw section.child("content").refuse("holds half of a surrogate pair");
        }
        boolean special = section.flag("special", false);
        return new AddedToken(
                section.has("id") ? section.integer("id", 0, MAX_TOKENS - 1) : id,
                content,
                section.flag("single_word", false),
                section.flag("lstrip", false),
                section.flag("rstrip", false),
                section.flag("normalized", !special),
                special);
    }

    private int readId(JsonParser json, Supplier<String> field) throws IOException {
        expect(json, JsonToken.VALUE_NUMBER_INT, field, "a token id");
        long id =
                json.getNumberType() == JsonParser.NumberType.BIG_INTEGER
                        ? -1
                        : json.getLongValue();
        if (id < 0 || id >= MAX_TOKENS) {
            throw refuse(
                    field.get()
                            + " is "
                            + json.getText()
                            + "; expected a token id from 0 to "
                            + (MAX_TOKENS - 1));
        }
        return (int) id;
    }

    private String nextString(JsonParser json, Supplier<String> field) throws IOException {
        json.nextToken();
        expect(json, JsonToken.VALUE_STRING, field, "a token");
        return json.getText();
    }

    /// Goes to the name of an object's next field, or past the object's end.
    private boolean nextField(JsonParser json) throws IOException {
        JsonToken next = json.nextToken();
        if (next != JsonToken.FIELD_NAME && next != JsonToken.END_OBJECT) {
            throw refuse("the document ends inside an object");
        }
        return next == JsonToken.FIELD_NAME;
    }

    private void expect(JsonParser json, JsonToken wanted, String field, String description)
            throws TokenizerFormatException {
        expect(json, wanted, () -> field, description);
    }

    /// @param field asked for only if there is a message: there are 100,000 of them in a file
    private void expect(
            JsonParser json, JsonToken wanted, Supplier<String> field, String description)
            throws TokenizerFormatException {
        if (json.currentToken() != wanted) {
            throw refuse(
                    field.get()
                            + " is "
                            + describe(json.currentToken())
                            + " where "
                            + description
                            + " was expected");
        }
    }

    private static String describe(@Nullable JsonToken token) {
        return switch (token) {
            case null -> "missing";
            case START_OBJECT, FIELD_NAME, END_OBJECT -> "an object";
            case START_ARRAY -> "an array";
            case END_ARRAY -> "shorter";
            case VALUE_STRING -> "a string";
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
            case VALUE_TRUE, VALUE_FALSE -> "true or false";
            case VALUE_NULL -> "null";
            default -> "something else";
        };
    }
}
