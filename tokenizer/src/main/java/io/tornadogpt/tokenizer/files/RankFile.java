package io.tornadogpt.tokenizer.files;

import io.tornadogpt.tokenizer.TokenizerFormatException;
import io.tornadogpt.tokenizer.decoder.ByteLevel;
import io.tornadogpt.tokenizer.json.JsonSection;
import io.tornadogpt.tokenizer.model.Bpe;
import io.tornadogpt.tokenizer.model.Merges;
import io.tornadogpt.tokenizer.model.Vocabulary;
import io.tornadogpt.tokenizer.pipeline.Pipeline;
import io.tornadogpt.tokenizer.text.ByteAlphabet;

import org.jspecify.annotations.Nullable;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// tiktoken's rank files: a line for each token, its bytes in base64 and its rank.
///
/// tiktoken merges any two neighbours whose joined bytes are a token, the lowest rank first. Here
/// each token has one merge, the last step by which its own bytes become it. That gives the same
/// ids: as long as no merge has crossed the borders of some stretch of bytes, the merges inside it
/// are those of these bytes alone, so whenever two neighbours together are a token they are the two
/// that its own bytes end in. A token that its own bytes never become cannot arise by merging at
/// all; tiktoken has it only for a piece that is this token, and so has the result here.
public final class RankFile {

    public static final String SUFFIX = ".tiktoken";

    private static final int LONGEST_TOKEN = 512;

    private final Path file;

    /// Ids of tokens, whose bytes are written as Latin-1.
    private final Map<String, Integer> ranks = new HashMap<>();

    private RankFile(Path file) {
        this.file = file;
    }

    public static Pipeline read(Path file) throws IOException {
        TokenizerJson.checkSize(file);
        try (InputStream in = Files.newInputStream(file)) {
            return read(in, file);
        }
    }

    /// @param file what messages call it
    public static Pipeline read(InputStream in, Path file) throws IOException {
        RankFile result = new RankFile(file);
        // Latin-1 takes any byte; what is not base64 is refused line by line.
        var lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.ISO_8859_1));
        int number = 0;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            number++;
            if (!line.isEmpty()) {
                result.readLine(line, number);
            }
        }
        return result.pipeline();
    }

    private void readLine(String line, int number) throws TokenizerFormatException {
        int space = line.indexOf(' ');
        String field = "line " + number;
        if (space <= 0) {
            throw refuse(field + " is not a token in base64, a space and its rank");
        }
        if (space > LONGEST_TOKEN * 4 / 3 + 4) {
            throw refuse(field + " has a token of more than " + LONGEST_TOKEN + " bytes");
        }
        if (ranks.size() == TokenizerJson.MAX_TOKENS) {
            throw refuse("has more than " + TokenizerJson.MAX_TOKENS + " tokens");
        }
        String token = decode(line.substring(0, space), field);
        if (ranks.put(token, parseRank(line.substring(space + 1), field)) != null) {
            throw refuse(field + " repeats a token");
        }
    }

    private String decode(String base64, String field) throws TokenizerFormatException {
        try {
            byte[] bytes = Base64.getDecoder().decode(base64);
            return new String(bytes, StandardCharsets.ISO_8859_1);
        } catch (IllegalArgumentException e) {
            throw new TokenizerFormatException(file, field + " is not base64", e);
        }
    }

    private int parseRank(String text, String field) throws TokenizerFormatException {
        int rank = -1;
        if (!text.isEmpty()
                && text.length() <= 7
                && text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            rank = Integer.parseInt(text);
        }
        if (rank < 0 || rank >= TokenizerJson.MAX_TOKENS) {
            throw refuse(
                    field
                            + " has the rank "
                            + JsonSection.quote(text)
                            + "; expected a number from 0 to "
                            + (TokenizerJson.MAX_TOKENS - 1));
        }
        return rank;
    }

    private Pipeline pipeline() throws TokenizerFormatException {
        for (int b = 0; b < 256; b++) {
            if (!ranks.containsKey(String.valueOf((char) b))) {
                throw refuse(String.format("has no token for byte 0x%02X; expected all 256", b));
            }
        }
        int free = ranks.size();
        @Nullable String[] tokens = new String[ranks.size() + 1];
        for (Map.Entry<String, Integer> entry : ranks.entrySet()) {
            int id = entry.getValue();
            if (id >= tokens.length) {
                throw refuse(
                        "rank "
                                + id
                                + " is given but there are only "
                                + ranks.size()
                                + " tokens; ranks may leave out one number at most");
            }
            if (tokens[id] != null) {
                throw refuse("rank " + id + " is given twice");
            }
            tokens[id] = entry.getKey();
        }
        Map<String, Integer> spelled = HashMap.newHashMap(tokens.length);
        for (int id = 0; id < tokens.length; id++) {
            String token = tokens[id];
            if (token == null) {
                free = id;
            } else {
                spelled.put(ByteAlphabet.spell(token.getBytes(StandardCharsets.ISO_8859_1)), id);
            }
        }
        RankScheme scheme = RankScheme.of(ranks.size(), free);
        return Pipeline.of(
                        scheme.special(),
                        null,
                        scheme.preTokenizer(),
                        model(Vocabulary.of(spelled), tokens),
                        scheme.postProcessor(),
                        new ByteLevel(false, true, true))
                .withConventions(scheme.conventions());
    }

    private Bpe model(Vocabulary vocabulary, @Nullable String[] tokens) {
        Merges merges = new Merges(tokens.length);
        boolean wholePiecesFirst = false;
        for (int id = 0; id < tokens.length; id++) {
            String token = tokens[id];
            if (token != null && token.length() > 1) {
                int cut = lastCut(token);
                if (cut == 0) {
                    wholePiecesFirst = true;
                } else {
                    merges.add(rank(token.substring(0, cut)), rank(token.substring(cut)), id);
                }
            }
        }
        return new Bpe(vocabulary, merges, Bpe.Settings.PLAIN.withIgnoreMerges(wholePiecesFirst));
    }

    /// Merges a token's bytes as tiktoken does until two parts are left: the length of the first,
    /// or 0 where merging ends in more.
    private int lastCut(String token) {
        List<String> parts = new ArrayList<>();
        for (int i = 0; i < token.length(); i++) {
            parts.add(token.substring(i, i + 1));
        }
        List<Integer> joined = new ArrayList<>();
        for (int i = 0; i + 1 < parts.size(); i++) {
            joined.add(rank(parts.get(i) + parts.get(i + 1)));
        }
        while (parts.size() > 2) {
            int best = 0;
            for (int i = 1; i < joined.size(); i++) {
                best = joined.get(i) < joined.get(best) ? i : best;
            }
            if (joined.get(best) == Integer.MAX_VALUE) {
                return 0;
            }
            parts.set(best, parts.get(best) + parts.remove(best + 1));
            joined.remove(best);
            if (best < joined.size()) {
                joined.set(best, rank(parts.get(best) + parts.get(best + 1)));
            }
            if (best > 0) {
                joined.set(best - 1, rank(parts.get(best - 1) + parts.get(best)));
            }
        }
        return parts.get(0).length();
    }

    private int rank(String token) {
        return ranks.getOrDefault(token, Integer.MAX_VALUE);
    }

    private TokenizerFormatException refuse(String what) {
        return new TokenizerFormatException(file, what);
    }
}
