package io.tornadogpt.tokenizer.training;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Finds the pieces of a SentencePiece vocabulary by byte-pair encoding over characters: the most
/// frequent pair that may be a piece becomes one; of equally frequent ones the shorter, then the
/// one whose UTF-8 comes first. A pair that makes the text of another piece is passed by.
public final class SentenceMerging {

    private final List<String> names = new ArrayList<>();
    private final List<Integer> lengths = new ArrayList<>();
    private final Map<String, Integer> characters = new HashMap<>();
    private final PieceRules rules;

    private SentenceMerging(PieceRules rules) {
        this.rules = rules;
    }

    /// Hears how many pieces there are.
    @FunctionalInterface
    public interface Progress {
        void found(int pieces);
    }

    /// @param words what no piece may hold is [PieceRules#BARRIER] in them
    /// @return up to `most` pieces, in the order in which they were found
    public static List<String> train(
            List<WordCounts.Word> words, PieceRules rules, int most, Progress progress) {
        return new SentenceMerging(rules).train(words, most, progress);
    }

    private List<String> train(List<WordCounts.Word> words, int most, Progress progress) {
        TokenLists lists = new TokenLists(1 << 16);
        for (WordCounts.Word word : words) {
            word.text().codePoints().forEach(c -> lists.add(character(Character.toString(c))));
            lists.end(word.count());
        }
        PairMerging merging = new PairMerging(lists, new ShorterFirst());
        List<String> found = new ArrayList<>();
        Set<String> known = new HashSet<>();
        while (found.size() < most) {
            PairMerging.Best best = merging.poll(1);
            if (best == null) {
                break;
            }
            String piece = names.get(best.left()) + names.get(best.right());
            if (known.add(piece)) {
                found.add(piece);
                merging.merge(best, add(piece));
                progress.found(found.size());
            }
        }
        return found;
    }

    private int character(String name) {
        return characters.computeIfAbsent(name, this::add);
    }

    private int add(String name) {
        names.add(name);
        lengths.add(name.codePointCount(0, name.length()));
        return names.size() - 1;
    }

    private final class ShorterFirst implements PairMerging.Rule {

        @Override
        public int compare(int left, int right, int otherLeft, int otherRight) {
            int length = lengths.get(left) + lengths.get(right);
            int otherLength = lengths.get(otherLeft) + lengths.get(otherRight);
            return length != otherLength
                    ? Integer.compare(length, otherLength)
                    : compareUtf8(
                            names.get(left) + names.get(right),
                            names.get(otherLeft) + names.get(otherRight));
        }

        @Override
        public boolean mayMerge(int left, int right) {
            return lengths.get(left) + lengths.get(right) <= rules.maxLength()
                    && rules.allows(names.get(left) + names.get(right));
        }
    }

    /// UTF-8's order is that of code points, which differs from that of UTF-16.
    static int compareUtf8(String a, String b) {
        int at = 0;
        while (at < a.length() && at < b.length() && a.charAt(at) == b.charAt(at)) {
            at++;
        }
        if (at == a.length() || at == b.length()) {
            return Integer.compare(a.length(), b.length());
        }
        char x = a.charAt(at);
        char y = b.charAt(at);
        if (Character.isSurrogate(x) != Character.isSurrogate(y)) {
            return Character.isSurrogate(x) ? 1 : -1;
        }
        return Character.compare(x, y);
    }
}
