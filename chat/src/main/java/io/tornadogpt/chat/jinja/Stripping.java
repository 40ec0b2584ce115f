package io.tornadogpt.chat.jinja;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;

/// What is cut off at the ends of strings, and strings cut at whitespace.
final class Stripping {

    private static final int MANY = 32;

    private Stripping() {}

    /// Without the characters of `chars`, or without whitespace, at the ends asked for.
    static String strip(String text, @Nullable String chars, boolean left, boolean right) {
        IntPredicate stripped = stripped(chars);
        int start = 0;
        int end = text.length();
        while (left && start < end) {
            int c = text.codePointAt(start);
            if (!stripped.test(c)) {
                break;
            }
            start += Character.charCount(c);
        }
        while (right && end > start) {
            int c = text.codePointBefore(end);
            if (!stripped.test(c)) {
                break;
            }
            end -= Character.charCount(c);
        }
        return text.substring(start, end);
    }

    private static IntPredicate stripped(@Nullable String chars) {
        if (chars == null) {
            return PythonText::isSpace;
        }
        if (chars.length() <= MANY) {
            return c -> chars.indexOf(c) >= 0;
        }
        Set<Integer> set = chars.codePoints().boxed().collect(Collectors.toSet());
        return set::contains;
    }

    /// The words between whitespace, at most `most` cuts if that is not negative; what is left then
    /// keeps its whitespace.
    static List<String> words(String text, int most, boolean fromRight) {
        return fromRight ? wordsFromRight(text, most) : wordsFromLeft(text, most);
    }

    private static List<String> wordsFromLeft(String text, int most) {
        List<String> words = new ArrayList<>();
        int i = PythonText.skipSpaces(text, 0);
        while (i < text.length()) {
            if (most >= 0 && words.size() == most) {
                words.add(text.substring(i));
                break;
            }
            int end = i;
            while (end < text.length() && !PythonText.isSpace(text.charAt(end))) {
                end++;
            }
            words.add(text.substring(i, end));
            i = PythonText.skipSpaces(text, end);
        }
        return words;
    }

    private static List<String> wordsFromRight(String text, int most) {
        List<String> words = new ArrayList<>();
        String rest = PythonText.stripRight(text);
        int end = rest.length();
        while (end > 0) {
            if (most >= 0 && words.size() == most) {
                words.add(rest.substring(0, end));
                break;
            }
            int start = end;
            while (start > 0 && !PythonText.isSpace(rest.charAt(start - 1))) {
                start--;
            }
            words.add(rest.substring(start, end));
            end = start;
            while (end > 0 && PythonText.isSpace(rest.charAt(end - 1))) {
                end--;
            }
        }
        return words.reversed();
    }
}
