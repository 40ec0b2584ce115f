package io.tornadogpt.chat.jinja;

import java.util.Locale;
import java.util.function.IntPredicate;

/// Upper, lower and title case, and what strings are made of.
final class Casing {

    private Casing() {}

    static String apply(String method, String text) {
        return switch (method) {
            case "lower" -> text.toLowerCase(Locale.ROOT);
            case "upper" -> text.toUpperCase(Locale.ROOT);
            case "casefold" -> text.replace("ß", "ss").toLowerCase(Locale.ROOT);
            case "capitalize" -> capitalized(text);
            case "title" -> titled(text);
            default -> swapped(text);
        };
    }

    static String capitalized(String text) {
        if (text.isEmpty()) {
            return text;
        }
        int first = text.offsetByCodePoints(0, 1);
        String lower = text.toLowerCase(Locale.ROOT);
        int lowerFirst = text.substring(0, first).toLowerCase(Locale.ROOT).length();
        return titleCase(text.codePointAt(0))
                + lower.substring(Math.min(lowerFirst, lower.length()));
    }

    private static String titleCase(int c) {
        int title = Character.toTitleCase(c);
        String upper = Character.toString(c).toUpperCase(Locale.ROOT);
        if (title != c || upper.codePointCount(0, upper.length()) == 1) {
            return Character.toString(title);
        }
        int first = upper.offsetByCodePoints(0, 1);
        return upper.substring(0, first) + upper.substring(first).toLowerCase(Locale.ROOT);
    }

    private static String titled(String text) {
        StringBuilder out = new StringBuilder(text.length());
        boolean inWord = false;
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            out.append(inWord ? Character.toString(c).toLowerCase(Locale.ROOT) : titleCase(c));
            inWord = isCased(c);
        }
        return out.toString();
    }

    private static String swapped(String text) {
        StringBuilder out = new StringBuilder(text.length());
        text.codePoints()
                .forEach(
                        c -> {
                            String letter = Character.toString(c);
                            out.append(
                                    Character.isUpperCase(c)
                                            ? letter.toLowerCase(Locale.ROOT)
                                            : letter.toUpperCase(Locale.ROOT));
                        });
        return out.toString();
    }

    private static boolean isCased(int c) {
        return Character.isUpperCase(c) || Character.isLowerCase(c) || Character.isTitleCase(c);
    }

    static boolean is(String method, String text) {
        return switch (method) {
            case "isascii" -> text.codePoints().allMatch(c -> c < 0x80);
            case "isprintable" -> text.codePoints().allMatch(PythonText::isPrintable);
            case "islower" -> ofOneCase(text, Character::isLowerCase);
            case "isupper" -> ofOneCase(text, Character::isUpperCase);
            case "istitle" -> isTitle(text);
            case "isalpha" -> all(text, Character::isLetter);
            case "isdecimal" ->
                    all(text, c -> Character.getType(c) == Character.DECIMAL_DIGIT_NUMBER);
            case "isdigit" -> all(text, Casing::isDigit);
            case "isnumeric" -> all(text, Casing::isNumeric);
            case "isalnum" -> all(text, c -> Character.isLetter(c) || isNumeric(c));
            default -> all(text, PythonText::isSpace);
        };
    }

    private static boolean all(String text, IntPredicate each) {
        return !text.isEmpty() && text.codePoints().allMatch(each);
    }

    private static boolean ofOneCase(String text, IntPredicate right) {
        return text.codePoints().anyMatch(right)
                && text.codePoints().allMatch(c -> !isCased(c) || right.test(c));
    }

    private static boolean isTitle(String text) {
        boolean inWord = false;
        boolean any = false;
        for (int c : text.codePoints().toArray()) {
            boolean upper = Character.isUpperCase(c) || Character.isTitleCase(c);
            if (upper && inWord || Character.isLowerCase(c) && !inWord) {
                return false;
            }
            inWord = isCased(c);
            any |= inWord;
        }
        return any;
    }

    /// Superscripts, subscripts and circled digits are digits too, without being decimal.
    private static boolean isDigit(int c) {
        return Character.getType(c) == Character.DECIMAL_DIGIT_NUMBER
                || c == 0xb2
                || c == 0xb3
                || c == 0xb9
                || c == 0x2070
                || c >= 0x2074 && c <= 0x2079
                || c >= 0x2080 && c <= 0x2089
                || c >= 0x2460 && c <= 0x2468;
    }

    private static boolean isNumeric(int c) {
        int type = Character.getType(c);
        return type == Character.DECIMAL_DIGIT_NUMBER
                || type == Character.OTHER_NUMBER
                || type == Character.LETTER_NUMBER;
    }
}
