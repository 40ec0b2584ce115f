package io.tornadogpt.curation.step;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Names that are looked for as they are written, or in capitals.
final class NameList {
    static final NameList EMPTY = new NameList(List.of());

    /// By the first word, in small letters.
    private final Map<String, List<String>> names = new HashMap<>();

    NameList(List<String> lines) {
        for (String line : lines) {
            String name = line.strip();
            if (!name.isEmpty() && !name.startsWith("#")) {
                names.computeIfAbsent(firstWord(name, 0), first -> new ArrayList<>()).add(name);
            }
        }
    }

    private static String firstWord(String text, int start) {
        int end = start;
        while (end < text.length() && Character.isLetterOrDigit(text.charAt(end))) {
            end++;
        }
        return text.substring(start, end).toLowerCase(Locale.ROOT);
    }

    void at(String text, int start, List<Finding> found) {
        if (names.isEmpty()) {
            return;
        }
        for (String name : names.getOrDefault(firstWord(text, start), List.of())) {
            int end = start + name.length();
            boolean whole = end >= text.length() || !Character.isLetterOrDigit(text.charAt(end));
            boolean same =
                    text.startsWith(name, start)
                            || text.startsWith(name.toUpperCase(Locale.ROOT), start);
            if (whole && same) {
                found.add(new Finding(start, end, "PERSON", false));
            }
        }
    }
}
