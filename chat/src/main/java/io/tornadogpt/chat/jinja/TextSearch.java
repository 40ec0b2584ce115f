package io.tornadogpt.chat.jinja;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/// Finds one string in others. Time is linear in what is searched, whatever the strings are: long
/// ones are searched for by the method of Knuth, Morris and Pratt.
final class TextSearch {

    private static final int SHORT = 16;

    private final String part;
    private final int @Nullable [] borders;
    private final Budget budget;

    TextSearch(String part, Budget budget) {
        this.part = part;
        this.budget = budget;
        borders = part.length() <= SHORT ? null : borders(part, budget);
    }

    static int find(String text, String part, int from, Budget budget) {
        return new TextSearch(part, budget).find(text, from);
    }

    /// The last place at which `part` ends at or before `end`, or -1.
    static int findLast(String text, String part, int end, Budget budget) {
        if (part.length() <= SHORT) {
            budget.steps(text.length() / 16);
            return end < part.length() ? -1 : text.lastIndexOf(part, end - part.length());
        }
        budget.text(2L * text.length());
        String reversed = new StringBuilder(text.substring(0, end)).reverse().toString();
        int found = find(reversed, new StringBuilder(part).reverse().toString(), 0, budget);
        return found < 0 ? -1 : end - found - part.length();
    }

    private static int[] borders(String part, Budget budget) {
        budget.text(2L * part.length());
        int[] borders = new int[part.length()];
        int length = 0;
        for (int i = 1; i < part.length(); i++) {
            while (length > 0 && part.charAt(i) != part.charAt(length)) {
                length = borders[length - 1];
            }
            if (part.charAt(i) == part.charAt(length)) {
                length++;
            }
            borders[i] = length;
        }
        return borders;
    }

    /// The first place at or after `from`, or -1.
    int find(String text, int from) {
        if (borders == null) {
            int found = text.indexOf(part, from);
            budget.steps(1 + ((found < 0 ? text.length() : found) - from) / 16);
            return found;
        }
        int matched = 0;
        for (int i = from; i < text.length(); i++) {
            while (matched > 0 && text.charAt(i) != part.charAt(matched)) {
                matched = borders[matched - 1];
            }
            if (text.charAt(i) == part.charAt(matched)) {
                matched++;
            }
            if (matched == part.length()) {
                budget.steps(1 + (i - from) / 4);
                return i - matched + 1;
            }
        }
        budget.steps(1 + (text.length() - from) / 4);
        return -1;
    }

    /// `text.replace(part, by, most)`; all of them where `most` is negative.
    String replaced(String text, String by, int most) {
        TextBuilder out = new TextBuilder(budget);
        if (part.isEmpty()) {
            return interleaved(text, by, most);
        }
        int start = 0;
        for (int count = 0; most < 0 || count < most; count++) {
            int found = find(text, start);
            if (found < 0) {
                break;
            }
            out.add(text.substring(start, found)).add(by);
            start = found + part.length();
        }
        return out.add(text.substring(start)).toString();
    }

    /// What replacing the empty string does: `by` before each character and at the end.
    private String interleaved(String text, String by, int most) {
        TextBuilder out = new TextBuilder(budget);
        int i = 0;
        int count = 0;
        while (most < 0 || count < most) {
            out.add(by);
            count++;
            if (i >= text.length()) {
                return out.toString();
            }
            int next = text.offsetByCodePoints(i, 1);
            out.add(text.substring(i, next));
            i = next;
        }
        return out.add(text.substring(i)).toString();
    }

    List<String> split(String text, int most) {
        List<String> parts = new ArrayList<>();
        int start = 0;
        while (most < 0 || parts.size() < most) {
            int found = find(text, start);
            if (found < 0) {
                break;
            }
            budget.elements(1);
            parts.add(text.substring(start, found));
            start = found + part.length();
        }
        parts.add(text.substring(start));
        budget.text(text.length());
        return parts;
    }

    List<String> splitFromRight(String text, int most) {
        List<String> parts = new ArrayList<>();
        int end = text.length();
        while (most < 0 || parts.size() < most) {
            int found = end < part.length() ? -1 : findLast(text, part, end, budget);
            if (found < 0) {
                break;
            }
            budget.elements(1);
            parts.addFirst(text.substring(found + part.length(), end));
            end = found;
        }
        parts.addFirst(text.substring(0, end));
        budget.text(text.length());
        return parts;
    }

    /// Occurrences that do not overlap.
    int count(String text) {
        if (part.isEmpty()) {
            return PythonText.length(text) + 1;
        }
        int count = 0;
        for (int at = find(text, 0); at >= 0; at = find(text, at + part.length())) {
            count++;
        }
        return count;
    }
}
