package io.tornadogpt.tokenizer.files;

import io.tornadogpt.tokenizer.AddedToken;
import io.tornadogpt.tokenizer.TokenizerFormatException;
import io.tornadogpt.tokenizer.decoder.ByteLevel;
import io.tornadogpt.tokenizer.json.JsonFile;
import io.tornadogpt.tokenizer.model.Bpe;
import io.tornadogpt.tokenizer.model.Merges;
import io.tornadogpt.tokenizer.model.Vocabulary;
import io.tornadogpt.tokenizer.model.VocabularyJson;
import io.tornadogpt.tokenizer.pipeline.Pipeline;
import io.tornadogpt.tokenizer.pretokenizer.Gpt2Pieces;
import io.tornadogpt.tokenizer.pretokenizer.KnownPatterns;
import io.tornadogpt.tokenizer.processor.PostProcessors;

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
import java.util.TreeMap;
import java.util.regex.Pattern;

/// A byte-level BPE tokenizer as two files: a JSON object from token to id, and a text with one
/// merge a line.
public final class VocabularyAndMerges {

    static final String VOCAB_JSON = "vocab.json";
    static final String MERGES_TXT = "merges.txt";

    private static final String MERGES_HEADER = "#version: 0.2";

    /// Names that special tokens go by: `<|endoftext|>`, `<s>`, `[PAD]`.
    private static final Pattern SPECIAL_NAME = Pattern.compile("<.+>|\\[.+]");

    private VocabularyAndMerges() {}

    /// A token that looks like a special token's name and that no merge makes is a special token.
    public static Pipeline read(Path vocabularyFile, Path mergesFile) throws IOException {
        Map<String, Integer> ids = TokenizerJson.readVocabulary(vocabularyFile);
        if (ids.isEmpty()) {
            throw new TokenizerFormatException(vocabularyFile, "the document is empty");
        }
        List<TokenizerJson.Merge> spelled = readMerges(mergesFile);
        Vocabulary vocabulary;
        try {
            vocabulary = Vocabulary.of(ids);
        } catch (IllegalArgumentException e) {
            throw new TokenizerFormatException(vocabularyFile, "the document " + e.getMessage(), e);
        }
        Merges merges =
                PipelineReader.merges(
                        spelled,
                        vocabulary,
                        null,
                        (index, what) ->
                                new TokenizerFormatException(
                                        mergesFile, "merge[" + index + "] " + what));
        return pipeline(
                new Bpe(vocabulary, merges, Bpe.Settings.PLAIN), specialTokens(ids, spelled));
    }

    /// GPT-2's setting of the pipeline.
    public static Pipeline pipeline(Bpe model, Map<String, Integer> special) {
        return Pipeline.of(
                special.entrySet().stream()
                        .map(e -> AddedToken.special(e.getValue(), e.getKey()))
                        .toList(),
                null,
                KnownPatterns.preTokenizer(Gpt2Pieces.GPT2),
                model,
                new PostProcessors.ByteLevel(false, true, true),
                new ByteLevel(false, true, true));
    }

    /// Added tokens stand in the vocabulary too, as in GPT-2's own file.
    static void write(Pipeline pipeline, Bpe model, JsonFile.Sink files) throws IOException {
        Map<String, Integer> ids = new TreeMap<>();
        for (int id = 0; id < pipeline.size(); id++) {
            String token = pipeline.token(id);
            if (token != null) {
                ids.put(token, id);
            }
        }
        Vocabulary vocabulary = Vocabulary.of(ids);
        files.writeJson(VOCAB_JSON, json -> VocabularyJson.writeObject(json, vocabulary));
        Merges merges = model.merges();
        files.write(
                MERGES_TXT,
                out -> {
                    out.write((MERGES_HEADER + "\n").getBytes(StandardCharsets.UTF_8));
                    for (int rank = 0; rank < merges.size(); rank++) {
                        String line =
                                model.vocabulary().token(merges.left(rank))
                                        + " "
                                        + model.vocabulary().token(merges.right(rank))
                                        + "\n";
                        out.write(line.getBytes(StandardCharsets.UTF_8));
                    }
                });
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
