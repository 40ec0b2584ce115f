package io.tornadogpt.tokenizer.training;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The pieces that the training of a unigram model begins with: all characters, and the substrings
/// of words that occur twice or more and end a word or go on in more than one way. These are what
/// SentencePiece finds in the inner nodes of the whole text's suffix tree. A substring's weight is
/// its number of occurrences times its length.
///
/// Suffixes of distinct words are sorted symbol by symbol, no deeper than a piece is long, so that
/// long runs of one character cost no more than other text.
final class SeedPieces {

    record Seed(String text, double weight) {}

    private static final int BUFFER = 4;
    private static final Comparator<Seed> HEAVIEST_FIRST =
            Comparator.comparingDouble(Seed::weight).reversed().thenComparing(Seed::text);

    private final List<WordCounts.Word> words;
    private final PieceRules rules;
    private final int most;

    /// All words' code points, each word with a 0 behind it.
    private final int[] symbols;

    /// The word at each place.
    private final int[] wordAt;

    private List<Seed> found = new ArrayList<>();

    private SeedPieces(List<WordCounts.Word> words, PieceRules rules, int most) {
        this.words = words;
        this.rules = rules;
        this.most = most;
        long size = 0;
        for (WordCounts.Word word : words) {
            size += word.text().codePointCount(0, word.text().length()) + 1;
        }
        if (size > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(
                    "the text has more than 2^31 characters in distinct words; train on a part of"
                            + " it");
        }
        symbols = new int[(int) size];
        wordAt = new int[(int) size];
        int at = 0;
        for (int w = 0; w < words.size(); w++) {
            for (int c : words.get(w).text().codePoints().toArray()) {
                symbols[at] = c;
                wordAt[at++] = w;
            }
            wordAt[at++] = w;
        }
    }

    /// @param words in a fixed order; what no piece may hold is [PieceRules#BARRIER] in them
    /// @param most how many substrings there are at most, the heaviest
    static List<Seed> of(List<WordCounts.Word> words, PieceRules rules, int most) {
        SeedPieces seeds = new SeedPieces(words, rules, most);
        List<Seed> all = seeds.characters();
        seeds.visitAll();
        seeds.keepHeaviest();
        all.addAll(seeds.found);
        return all;
    }

    private List<Seed> characters() {
        Map<Integer, Long> counts = new HashMap<>();
        for (WordCounts.Word word : words) {
            word.text().codePoints().forEach(c -> counts.merge(c, word.count(), Long::sum));
        }
        counts.remove((int) PieceRules.BARRIER);
        List<Seed> seeds = new ArrayList<>();
        counts.forEach((c, n) -> seeds.add(new Seed(Character.toString(c), n)));
        seeds.sort(HEAVIEST_FIRST);
        return seeds;
    }

    private void visitAll() {
        long[] suffixes = new long[symbols.length];
        int count = 0;
        for (int at = 0; at < symbols.length; at++) {
            if (symbols[at] != 0 && symbols[at] != PieceRules.BARRIER) {
                suffixes[count++] = at;
            }
        }
        visit(suffixes, 0, count, 0);
    }

    /// Looks at suffixes that agree in so many symbols.
    ///
    /// @param suffixes where they begin, in the lower 32 bits
    private void visit(long[] suffixes, int from, int to, int depth) {
        for (int i = from; i < to; i++) {
            int at = (int) suffixes[i];
            suffixes[i] = ((long) symbols[at + depth] << 32) | at;
        }
        Arrays.sort(suffixes, from, to);
        int ways = 0;
        for (int i = from, next; i < to; i = next) {
            next = groupEnd(suffixes, i, to);
            boolean ended = symbols[(int) suffixes[i] + depth] == 0;
            ways += ended ? 2 : 1;
        }
        if (depth >= 2 && ways >= 2) {
            add(suffixes, from, to, depth);
        }
        if (depth == rules.maxLength()) {
            return;
        }
        for (int i = from, next; i < to; i = next) {
            next = groupEnd(suffixes, i, to);
            int symbol = symbols[(int) suffixes[i] + depth];
            if (symbol != 0 && symbol != PieceRules.BARRIER && occursTwice(suffixes, i, next)) {
                visit(suffixes, i, next, depth + 1);
            }
        }
    }

    private static int groupEnd(long[] suffixes, int from, int to) {
        long symbol = suffixes[from] >>> 32;
        int end = from + 1;
        while (end < to && suffixes[end] >>> 32 == symbol) {
            end++;
        }
        return end;
    }

    private boolean occursTwice(long[] suffixes, int from, int to) {
        return to - from > 1 || words.get(wordAt[(int) suffixes[from]]).count() > 1;
    }

    private void add(long[] suffixes, int from, int to, int depth) {
        int at = (int) suffixes[from];
        if (!rules.allows(symbols, at, at + depth)) {
            return;
        }
        long occurrences = 0;
        for (int i = from; i < to; i++) {
            occurrences += words.get(wordAt[(int) suffixes[i]]).count();
        }
        found.add(new Seed(new String(symbols, at, depth), (double) occurrences * depth));
        if (found.size() >= (long) BUFFER * most) {
            keepHeaviest();
        }
    }

    private void keepHeaviest() {
        found.sort(HEAVIEST_FIRST);
        if (found.size() > most) {
            found = new ArrayList<>(found.subList(0, most));
        }
    }
}
