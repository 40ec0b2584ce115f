package io.tornadogpt.tokenizer;

import io.tornadogpt.tokenizer.files.WordPieceFile;
import io.tornadogpt.tokenizer.model.Vocabulary;
import io.tornadogpt.tokenizer.normalizer.BertNormalizer;
import io.tornadogpt.tokenizer.pipeline.Conventions;
import io.tornadogpt.tokenizer.pretokenizer.PreTokenizers;
import io.tornadogpt.tokenizer.training.PairMerging;
import io.tornadogpt.tokenizer.training.TokenLists;
import io.tornadogpt.tokenizer.training.WordCounts;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/// Trains a WordPiece vocabulary with BERT's pipeline around it: text is normalized and cut into
/// words as BERT's is, and the pair of tokens that is most frequent within words becomes a token,
/// until the vocabulary is full. Tokens that do not begin a word begin with `##`.
///
/// The vocabulary is that of Hugging Face's `WordPieceTrainer` with equal settings: special tokens
/// first, then the alphabet by code point, then the characters that go on a word, then merges. Of
/// equally frequent pairs the one with the smaller left id wins, then the one with the smaller
/// right id. Hugging Face numbers the characters that go on a word in the order of a hash table,
/// which differs from run to run, and so do its ties; here they are numbered by code point.
///
/// @param vocabularySize tokens wanted, with the special tokens and the alphabet; fewer come where
///   the text has no more pairs, more where its alphabet alone is larger
/// @param minFrequency how often a pair has to occur to be merged, 1 or more
/// @param alphabetLimit how many characters the alphabet has at most, 1 or more; the rarest go, of
///   equally rare ones the larger code point
/// @param lowercase whether upper case and accents go
/// @param specialTokens names of special tokens, which get the ids from 0 on; `[UNK]` must be among
///   them
public record WordPieceTrainer(
        int vocabularySize,
        int minFrequency,
        int alphabetLimit,
        boolean lowercase,
        List<String> specialTokens) {

    /// BERT's special tokens in BERT's order.
    public static final List<String> BERT_TOKENS =
            List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]");

    /// The smallest vocabulary with BERT's special tokens.
    public static final int SMALLEST = BERT_TOKENS.size() + 1;

    /// The largest vocabulary.
    public static final int LARGEST = Vocabulary.MAX_TOKENS;

    private static final String UNK = "[UNK]";
    private static final String PREFIX = "##";

    /// @throws IllegalArgumentException if the settings cannot make a vocabulary
    public WordPieceTrainer {
        specialTokens = List.copyOf(specialTokens);
        int smallest = specialTokens.size() + 1;
        if (vocabularySize < smallest || vocabularySize > LARGEST) {
            throw new IllegalArgumentException(
                    "vocabularySize is "
                            + vocabularySize
                            + "; expected "
                            + smallest
                            + " (one more than the special tokens) to "
                            + LARGEST);
        }
        requirePositive("minFrequency", minFrequency);
        requirePositive("alphabetLimit", alphabetLimit);
        if (specialTokens.stream().distinct().count() < specialTokens.size()
                || specialTokens.stream().anyMatch(name -> name.length() < 2)
                || !specialTokens.contains(UNK)) {
            throw new IllegalArgumentException(
                    "special tokens "
                            + specialTokens
                            + ": expected distinct names of two characters or more, and "
                            + UNK
                            + " among them");
        }
    }

    private static void requirePositive(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " is " + value + "; expected 1 or more");
        }
    }

    /// BERT's settings: lower case, an alphabet of up to 1,000 characters, pairs that occur twice
    /// or more, and BERT's special tokens.
    public WordPieceTrainer(int vocabularySize) {
        this(vocabularySize, 2, 1_000, true, BERT_TOKENS);
    }

    /// Trains on one text.
    public Tokenizer train(String text) {
        try {
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            return train(new ByteArrayInputStream(utf8), TrainingProgress.SILENT);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Trains on a stream of UTF-8 text.
    ///
    /// @throws UnencodableTextException if the bytes are not UTF-8
    public Tokenizer train(InputStream utf8, TrainingProgress progress) throws IOException {
        BertNormalizer normalizer = new BertNormalizer(true, true, null, lowercase);
        PreTokenizers.BertPreTokenizer cutter = new PreTokenizers.BertPreTokenizer();
        WordCounts words =
                WordCounts.of(
                        utf8,
                        true,
                        (line, out) -> {
                            String normalized = normalizer.normalize(line);
                            if (!normalized.isEmpty()) {
                                cutter.cut(normalized, true, (word, _) -> out.add(word));
                            }
                        },
                        progress);
        Map<String, Integer> ids = vocabulary(words.sorted(), progress);
        return new PipelineTokenizer(
                WordPieceFile.pipeline(ids, normalizer, UNK, Map.of())
                        .withConventions(new Conventions(roles(), List.of(), null)));
    }

    /// BERT's roles of those special tokens that are there.
    private Map<String, String> roles() {
        Map<String, String> roles = new TreeMap<>();
        for (TokenRole role : TokenRole.values()) {
            String name = "[" + role.name() + "]";
            if (specialTokens.contains(name)) {
                roles.put(role.key(), name);
            }
        }
        return roles;
    }

    private Map<String, Integer> vocabulary(
            List<WordCounts.Word> words, TrainingProgress progress) {
        Tokens tokens = new Tokens(specialTokens);
        alphabet(words).forEach(tokens::add);
        TokenLists lists = split(words, tokens);
        PairMerging merging = new PairMerging(lists, PairMerging.Rule.SMALLER_IDS_FIRST);
        while (tokens.names.size() < vocabularySize) {
            PairMerging.Best best = merging.poll(minFrequency);
            if (best == null) {
                break;
            }
            merging.merge(best, tokens.merge(best.left(), best.right()));
            progress.merged(tokens.names.size(), vocabularySize);
        }
        return tokens.ids;
    }

    /// The characters of the vocabulary by code point.
    private List<String> alphabet(List<WordCounts.Word> words) {
        Map<Integer, Long> counts = new HashMap<>();
        for (WordCounts.Word word : words) {
            word.text().codePoints().forEach(c -> counts.merge(c, word.count(), Long::sum));
        }
        return counts.entrySet().stream()
                .sorted(
                        Map.Entry.<Integer, Long>comparingByValue(Comparator.reverseOrder())
                                .thenComparing(Map.Entry.comparingByKey()))
                .limit(alphabetLimit)
                .map(Map.Entry::getKey)
                .sorted()
                .map(Character::toString)
                .toList();
    }

    /// Words as lists of characters. Those outside the alphabet are left out.
    private static TokenLists split(List<WordCounts.Word> words, Tokens tokens) {
        TreeSet<Integer> continuing = new TreeSet<>();
        for (WordCounts.Word word : words) {
            word.text().codePoints().skip(1).forEach(continuing::add);
        }
        for (int c : continuing) {
            String name = Character.toString(c);
            if (tokens.ids.containsKey(name)) {
                tokens.add(PREFIX + name);
            }
        }
        TokenLists lists = new TokenLists(1 << 16);
        for (WordCounts.Word word : words) {
            String text = word.text();
            for (int at = 0, next; at < text.length(); at = next) {
                next = at + Character.charCount(text.codePointAt(at));
                String name = text.substring(at, next);
                if (tokens.ids.containsKey(name)) {
                    lists.add(tokens.add(at == 0 ? name : PREFIX + name));
                }
            }
            lists.end(word.count());
        }
        return lists;
    }

    /// The vocabulary as it grows.
    private static final class Tokens {

        private final List<String> names = new ArrayList<>();
        private final Map<String, Integer> ids = new LinkedHashMap<>();

        Tokens(List<String> special) {
            special.forEach(this::add);
        }

        /// The id of a token, which is new or known.
        int add(String name) {
            Integer known = ids.putIfAbsent(name, names.size());
            if (known != null) {
                return known;
            }
            names.add(name);
            return names.size() - 1;
        }

        int merge(int left, int right) {
            String end = names.get(right);
            return add(
                    names.get(left)
                            + (end.startsWith(PREFIX) ? end.substring(PREFIX.length()) : end));
        }
    }
}
