package io.tornadogpt.tokenizer.training;

import io.tornadogpt.tokenizer.normalizer.Normalizer;
import io.tornadogpt.tokenizer.sentencepiece.SentencePieceFile;
import io.tornadogpt.tokenizer.text.Trie;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// The words of a text as SentencePiece counts them, and the characters that have to be pieces.
///
/// @param words in a fixed order; [PieceRules#BARRIER] stands for rare characters and for special
///   pieces that the text names, such as `<unk>`
/// @param characters the most frequent first
public record SentenceWords(List<WordCounts.Word> words, List<String> characters) {

    /// Finds the characters that cover a share of the text, and hides all others.
    public static SentenceWords of(WordCounts counts, double coverage) {
        List<WordCounts.Word> words = counts.sorted();
        Map<Integer, Long> characters = new HashMap<>();
        for (WordCounts.Word word : words) {
            word.text().codePoints().forEach(c -> characters.merge(c, word.count(), Long::sum));
        }
        characters.remove(0);
        characters.remove((int) PieceRules.BARRIER);
        long all = characters.values().stream().mapToLong(Long::longValue).sum();
        List<Map.Entry<Integer, Long>> ordered = new ArrayList<>(characters.entrySet());
        ordered.sort(
                Map.Entry.<Integer, Long>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(Map.Entry.comparingByKey()));
        List<Integer> required = new ArrayList<>();
        long covered = 0;
        for (Map.Entry<Integer, Long> each : ordered) {
            if ((double) covered / all >= coverage) {
                break;
            }
            covered += each.getValue();
            required.add(each.getKey());
        }
        Set<Integer> known = Set.copyOf(required);
        return new SentenceWords(
                words.stream().map(word -> hide(word, known)).toList(),
                required.stream().map(Character::toString).toList());
    }

    private static WordCounts.Word hide(WordCounts.Word word, Set<Integer> known) {
        if (word.text().codePoints().allMatch(known::contains)) {
            return word;
        }
        String hidden =
                word.text()
                        .codePoints()
                        .mapToObj(
                                c ->
                                        known.contains(c)
                                                ? Character.toString(c)
                                                : String.valueOf(PieceRules.BARRIER))
                        .collect(Collectors.joining());
        return new WordCounts.Word(hidden, word.count());
    }

    /// Normalizes lines and cuts them before spaces.
    public static final class Cutter implements WordCounts.Cutter {

        private final Normalizer normalizer;
        private final Trie special = new Trie();
        private final boolean byWhitespace;
        private final boolean runsOfSpaces;

        /// @param special texts of pieces that are there already: no piece is learned from them, or
        ///   across them
        /// @param byWhitespace whether lines are cut at all
        /// @param runsOfSpaces whether spaces in a row stay together
        public Cutter(
                Normalizer normalizer,
                List<String> special,
                boolean byWhitespace,
                boolean runsOfSpaces) {
            this.normalizer = normalizer;
            this.byWhitespace = byWhitespace;
            this.runsOfSpaces = runsOfSpaces;
            special.forEach(piece -> this.special.put(piece, 0));
        }

        @Override
        public void cut(String line, WordCounts out) {
            String text = hide(normalizer.normalize(line), special);
            int from = 0;
            for (int at = 1; byWhitespace && at < text.length(); at++) {
                boolean space = text.charAt(at) == SentencePieceFile.SPACE;
                boolean goesOn = runsOfSpaces && text.charAt(at - 1) == SentencePieceFile.SPACE;
                if (space && !goesOn) {
                    out.add(text.substring(from, at));
                    from = at;
                }
            }
            if (from < text.length()) {
                out.add(text.substring(from));
            }
        }

        private static String hide(String text, Trie symbols) {
            StringBuilder hidden = new StringBuilder(text.length());
            for (int at = 0; at < text.length(); ) {
                int end = symbols.longestEnd(text, at);
                if (end == Trie.NONE) {
                    hidden.append(text.charAt(at++));
                } else {
                    hidden.append(PieceRules.BARRIER);
                    at = end;
                }
            }
            return hidden.toString();
        }
    }
}
