package io.tornadogpt.tokenizer;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/// A byte-level BPE tokenizer as `tokenizer.json` and as `vocab.json` with `merges.txt`.
final class BpeFormat {

    static final String VOCAB_JSON = "vocab.json";
    static final String MERGES_TXT = "merges.txt";

    private static final String MERGES_HEADER = "#version: 0.2";

    /// Names that special tokens go by: `<|endoftext|>`, `<s>`, `[PAD]`.
    private static final Pattern SPECIAL_NAME = Pattern.compile("<.+>|\\[.+]");

    private BpeFormat() {}

    static BpeTokenizer read(TokenizerJson json) throws TokenizerFormatException {
        requireByteLevel(json);
        boolean wholePiecesFirst =
                json.flag("model.ignore_merges", json.modelSetting("ignore_merges"), false);
        TokenTable table = TokenTable.of(json);
        return tokenizer(
                table,
                table.bytes("model.vocab", json::refuse),
                json.merges(),
                wholePiecesFirst,
                "model.merges",
                json::refuse);
    }

    static BpeTokenizer read(Path vocabularyFile, Path mergesFile) throws IOException {
        Map<String, Integer> vocabulary = TokenizerJson.readVocabulary(vocabularyFile);
        List<TokenizerJson.Merge> merges = readMerges(mergesFile);
        Map<String, Integer> special = specialTokens(vocabulary, merges);
        TokenTable.Refusal refuse = what -> new TokenizerFormatException(vocabularyFile, what);
        TokenTable table = TokenTable.of(vocabulary, "the document", special, refuse);
        return tokenizer(
                table,
                table.bytes("the document", refuse),
                merges,
                false,
                "merge",
                what -> new TokenizerFormatException(mergesFile, what));
    }

    static void save(BpeTokenizer tokenizer, Path directory) throws IOException {
        Files.createDirectories(directory);
        String[] spelled = new String[tokenizer.vocabularySize()];
        for (int id = 0; id < spelled.length; id++) {
            spelled[id] = ByteAlphabet.spell(tokenizer.tokenBytes(id));
        }
        tokenizer.specialTokens().forEach((name, id) -> spelled[id] = name);
        JsonFile.write(
                directory.resolve(TokenizerFiles.TOKENIZER_JSON),
                json -> writeTokenizerJson(json, tokenizer, spelled));
        JsonFile.write(directory.resolve(VOCAB_JSON), json -> writeVocabulary(json, spelled));
        JsonFile.writeBytes(
                directory.resolve(MERGES_TXT),
                out -> {
                    out.write((MERGES_HEADER + "\n").getBytes(StandardCharsets.UTF_8));
                    for (int rank = 0; rank < tokenizer.merges().size(); rank++) {
                        String line = spellMerge(tokenizer.merges(), rank, spelled) + "\n";
                        out.write(line.getBytes(StandardCharsets.UTF_8));
                    }
                });
        TokenizerJsonWriter.writeConfig(tokenizer, directory);
    }

    private static void writeTokenizerJson(
            JsonGenerator json, BpeTokenizer tokenizer, String[] spelled) throws IOException {
        TokenizerJsonWriter.startDocument(json, tokenizer.specialTokens());
        for (String section : new String[] {"pre_tokenizer", "post_processor", "decoder"}) {
            json.writeObjectFieldStart(section);
            json.writeStringField("type", "ByteLevel");
            json.writeBooleanField("add_prefix_space", false);
            json.writeBooleanField("trim_offsets", true);
            json.writeBooleanField("use_regex", true);
            json.writeEndObject();
        }
        TokenizerJsonWriter.startModel(json, tokenizer.wholePiecesFirst());
        json.writeFieldName("vocab");
        writeVocabulary(json, spelled);
        json.writeArrayFieldStart("merges");
        for (int rank = 0; rank < tokenizer.merges().size(); rank++) {
            json.writeString(spellMerge(tokenizer.merges(), rank, spelled));
        }
        json.writeEndArray();
        json.writeEndObject();
        json.writeEndObject();
    }

    private static void writeVocabulary(JsonGenerator json, String[] spelled) throws IOException {
        json.writeStartObject();
        for (int id = 0; id < spelled.length; id++) {
            json.writeNumberField(spelled[id], id);
        }
        json.writeEndObject();
    }

    private static String spellMerge(Merges merges, int rank, String[] spelled) {
        return spelled[merges.left(rank)] + " " + spelled[merges.right(rank)];
    }

    private static void requireByteLevel(TokenizerJson json) throws TokenizerFormatException {
        JsonNode cutter = json.section("pre_tokenizer");
        if (json.flag("pre_tokenizer.add_prefix_space", cutter.path("add_prefix_space"), false)) {
            throw json.refuse(
                    "pre_tokenizer.add_prefix_space true is not supported; expected false");
        }
        if (!json.flag("pre_tokenizer.use_regex", cutter.path("use_regex"), true)) {
            throw json.refuse("pre_tokenizer.use_regex false is not supported; expected true");
        }
        for (String section : List.of("post_processor", "decoder")) {
            JsonNode value = json.section(section);
            if (!value.isNull() && !value.path("type").asText().equals("ByteLevel")) {
                throw json.unsupported(section, value, "\"ByteLevel\" or null");
            }
        }
    }

    private static BpeTokenizer tokenizer(
            TokenTable table,
            byte[][] bytesOfId,
            List<TokenizerJson.Merge> spelledMerges,
            boolean wholePiecesFirst,
            String field,
            TokenTable.Refusal refusal)
            throws TokenizerFormatException {
        int count = spelledMerges.size();
        Merges merges = new Merges(count);
        for (int rank = 0; rank < count; rank++) {
            TokenizerJson.Merge merge = spelledMerges.get(rank);
            int number = rank;
            TokenTable.Refusal inMerge = what -> refusal.of(field + "[" + number + "] " + what);
            merges.add(
                    table.id(merge.left(), inMerge),
                    table.id(merge.right(), inMerge),
                    table.id(merge.left() + merge.right(), inMerge));
        }
        return new BpeTokenizer(bytesOfId, merges, table.specialTokens(), wholePiecesFirst);
    }

    private static List<TokenizerJson.Merge> readMerges(Path file) throws IOException {
        TokenizerJson.checkSize(file);
        List<TokenizerJson.Merge> merges = new ArrayList<>();
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            int count = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                int number = ++count;
                boolean header = number == 1 && line.startsWith("#version");
                if (header || line.isEmpty()) {
                    continue;
                }
                if (merges.size() == TokenizerJson.MAX_TOKENS) {
                    throw new TokenizerFormatException(
                            file, "has more than " + TokenizerJson.MAX_TOKENS + " merges");
                }
                merges.add(TokenizerJson.Merge.parse(line, () -> "line " + number, file));
            }
        } catch (CharacterCodingException e) {
            throw new TokenizerFormatException(file, "is not UTF-8 text", e);
        }
        return merges;
    }

    /// Tokens that look like a special token's name and that no merge makes: encoding ordinary text
    /// never gives them.
    private static Map<String, Integer> specialTokens(
            Map<String, Integer> vocabulary, List<TokenizerJson.Merge> merges) {
        Map<String, Integer> special = new LinkedHashMap<>();
        vocabulary.forEach(
                (token, id) -> {
                    if (token.length() > 1 && SPECIAL_NAME.matcher(token).matches()) {
                        special.put(token, id);
                    }
                });
        Set<String> made = new HashSet<>();
        if (!special.isEmpty()) {
            merges.forEach(merge -> made.add(merge.left() + merge.right()));
        }
        special.keySet().removeAll(made);
        return special;
    }
}
