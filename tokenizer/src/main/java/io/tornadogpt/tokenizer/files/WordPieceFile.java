package io.tornadogpt.tokenizer.files;

import io.tornadogpt.tokenizer.AddedToken;
import io.tornadogpt.tokenizer.TokenizerFormatException;
import io.tornadogpt.tokenizer.decoder.Decoders;
import io.tornadogpt.tokenizer.json.JsonSection;
import io.tornadogpt.tokenizer.model.Vocabulary;
import io.tornadogpt.tokenizer.model.WordPiece;
import io.tornadogpt.tokenizer.normalizer.BertNormalizer;
import io.tornadogpt.tokenizer.pipeline.Pipeline;
import io.tornadogpt.tokenizer.pretokenizer.PreTokenizers;
import io.tornadogpt.tokenizer.processor.PostProcessor;
import io.tornadogpt.tokenizer.processor.PostProcessors;
import io.tornadogpt.tokenizer.processor.TemplateProcessing;

import org.jspecify.annotations.Nullable;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// BERT's `vocab.txt`: one token a line, whose number, counted from 0, is its id.
public final class WordPieceFile {

    static final String VOCAB_TXT = "vocab.txt";

    private static final int LONGEST_TOKEN = 1 << 10;
    private static final int LONGEST_WORD = 100;
    private static final List<String> SPECIAL =
            List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]");

    private WordPieceFile() {}

    static Pipeline read(Path file, TokenizerConfig config) throws IOException {
        Map<String, Integer> ids = readIds(file);
        Boolean lowercase = config.flag("do_lower_case");
        Boolean chinese = config.flag("tokenize_chinese_chars");
        BertNormalizer normalizer =
                new BertNormalizer(
                        true,
                        chinese == null || chinese,
                        config.flag("strip_accents"),
                        lowercase == null || lowercase);
        String unk = config.roles().getOrDefault("unk_token", "[UNK]");
        if (!ids.containsKey(unk)) {
            throw new TokenizerFormatException(
                    file, "lacks the token for unknown words " + JsonSection.quote(unk));
        }
        return pipeline(ids, normalizer, unk, config.roles());
    }

    /// BERT's setting of the pipeline.
    ///
    /// @param roles names of special tokens by role, BERT's where they are not there
    public static Pipeline pipeline(
            Map<String, Integer> ids,
            BertNormalizer normalizer,
            String unk,
            Map<String, String> roles) {
        List<AddedToken> added = new ArrayList<>();
        BitSet special = new BitSet();
        List<String> names = new ArrayList<>(SPECIAL);
        names.addAll(roles.values());
        for (String name : names.stream().distinct().toList()) {
            Integer id = ids.get(name);
            if (id != null) {
                added.add(AddedToken.special(id, name));
                special.set(id);
            }
        }
        Vocabulary vocabulary = Vocabulary.of(ids).hiding(special);
        return Pipeline.of(
                added,
                normalizer,
                new PreTokenizers.BertPreTokenizer(),
                new WordPiece(vocabulary, unk, "##", LONGEST_WORD),
                postProcessor(ids, roles),
                new Decoders.WordPiece("##", true));
    }

    private static @Nullable PostProcessor postProcessor(
            Map<String, Integer> ids, Map<String, String> roles) {
        String cls = roles.getOrDefault("cls_token", "[CLS]");
        String sep = roles.getOrDefault("sep_token", "[SEP]");
        Integer clsId = ids.get(cls);
        Integer sepId = ids.get(sep);
        return clsId == null || sepId == null
                ? null
                : TemplateProcessing.bert(
                        new PostProcessors.Token(cls, clsId), new PostProcessors.Token(sep, sepId));
    }

    private static Map<String, Integer> readIds(Path file) throws IOException {
        TokenizerJson.checkSize(file);
        Map<String, Integer> ids = new LinkedHashMap<>();
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            int number = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.length() > LONGEST_TOKEN || number == TokenizerJson.MAX_TOKENS) {
                    throw new TokenizerFormatException(
                            file,
                            "line "
                                    + (number + 1)
                                    + " has "
                                    + line.length()
                                    + " characters; at most "
                                    + TokenizerJson.MAX_TOKENS
                                    + " lines of up to "
                                    + LONGEST_TOKEN
                                    + " are read");
                }
                // Of equal lines the last holds, as in BERT's own reader.
                ids.put(line, number++);
            }
        } catch (CharacterCodingException e) {
            throw new TokenizerFormatException(file, "is not UTF-8 text", e);
        }
        return ids;
    }
}
