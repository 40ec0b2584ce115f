package io.tornadogpt.tokenizer.normalizer;

import java.text.Normalizer.Form;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// SentencePiece's named rules of normalization, made anew from Unicode's data: each character to
/// its NFKC, and sequences that NFKC makes one character of.
public final class NormalizationRules {

    /// Characters that become a space.
    private static final String SPACES =
            "\t\n\f\r\u1680\u200B\u200C\u200E\u200F\u2028\u2029\u2581\uFEFF\uFFFD";

    private static final String FULL_WIDTH_TILDE = "\uFF5E";

    private final Map<String, String> rules = new HashMap<>();

    private NormalizationRules() {}

    /// Unicode's NFKC.
    public static CharsMap nfkc() {
        NormalizationRules rules = new NormalizationRules();
        rules.addNfkc();
        return rules.compiled();
    }

    /// NFKC, but white space becomes spaces, controls go, and the full-width tilde stays.
    public static CharsMap nmtNfkc() {
        NormalizationRules rules = new NormalizationRules();
        rules.addNfkc();
        SPACES.codePoints().forEach(c -> rules.rules.put(Character.toString(c), " "));
        for (int c = 1; c <= 0x9F; c++) {
            boolean control = c < 0x20 || c == 0x7F || c == 0x8F || c == 0x9F;
            if (control && SPACES.indexOf(c) < 0) {
                rules.rules.put(Character.toString(c), "");
            }
        }
        rules.rules.remove(FULL_WIDTH_TILDE);
        return rules.compiled();
    }

    private static String normalize(String text, Form form) {
        return java.text.Normalizer.normalize(text, form);
    }

    private void addNfkc() {
        Map<Integer, List<Integer>> originals = new HashMap<>();
        Set<String> decomposed = new TreeSet<>();
        for (int c = 1; c <= Character.MAX_CODE_POINT; c++) {
            int type = Character.getType(c);
            if (type == Character.SURROGATE || type == Character.UNASSIGNED) {
                continue;
            }
            String text = Character.toString(c);
            String composed = normalize(text, Form.NFKC);
            if (!composed.equals(text)) {
                rules.put(text, composed);
            }
            String parts = normalize(text, Form.NFKD);
            if (parts.codePointCount(0, parts.length()) == 1) {
                originals.computeIfAbsent(parts.codePointAt(0), _ -> new ArrayList<>()).add(c);
            } else {
                decomposed.add(parts);
            }
        }
        for (String parts : decomposed) {
            String composed = normalize(parts, Form.NFKC);
            if (!composed.equals(parts)) {
                addSequences(parts, composed, originals);
            }
        }
    }

    /// All sequences of characters that decompose to `parts` become `composed`.
    private void addSequences(
            String parts, String composed, Map<Integer, List<Integer>> originals) {
        List<String> sequences = List.of("");
        for (int part : parts.codePoints().toArray()) {
            List<String> longer = new ArrayList<>();
            for (String sequence : sequences) {
                for (int original : originals.getOrDefault(part, List.of(part))) {
                    longer.add(sequence + Character.toString(original));
                }
            }
            sequences = longer;
        }
        for (String sequence : sequences) {
            if (!sequence.equals(composed)) {
                rules.put(sequence, composed);
            }
        }
    }

    /// Leaves out what shorter rules, the longest first, do as well.
    private CharsMap compiled() {
        Map<Integer, List<String>> byLength = new TreeMap<>();
        for (String key : rules.keySet()) {
            byLength.computeIfAbsent(key.codePointCount(0, key.length()), _ -> new ArrayList<>())
                    .add(key);
        }
        Map<String, String> kept = new HashMap<>();
        byLength.forEach(
                (length, keys) -> {
                    List<String> needed = new ArrayList<>();
                    for (String key : keys) {
                        if (length == 1 || !apply(kept, key, length).equals(rules.get(key))) {
                            needed.add(key);
                        }
                    }
                    needed.forEach(key -> kept.put(key, rules.getOrDefault(key, key)));
                });
        return CharsMapBuilder.build(kept);
    }

    private static String apply(Map<String, String> rules, String text, int longest) {
        int[] characters = text.codePoints().toArray();
        StringBuilder changed = new StringBuilder();
        for (int at = 0, next; at < characters.length; at = next) {
            next = Math.min(characters.length, at + longest);
            while (next > at + 1 && !rules.containsKey(new String(characters, at, next - at))) {
                next--;
            }
            String part = new String(characters, at, next - at);
            changed.append(rules.getOrDefault(part, part));
        }
        return changed.toString();
    }
}
