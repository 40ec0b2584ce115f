package io.tornadogpt.curation.step;

import java.nio.charset.Charset;

/// Undoes what happens when UTF-8 is read as Windows-1252 or Latin-1: "cafÃ©" becomes "café" again.
///
/// A character of several bytes in UTF-8 leaves a pattern: a letter that stands for its first byte,
/// and then as many characters as its first byte announces, each of which stands for one from 0x80
/// to 0xBF. Three and four of these in order hardly come about otherwise. Two may: "É…" ends a
/// shouted word. So pairs of a capital letter and a mark of punctuation are left alone behind a
/// capital.
final class Mojibake {
    private static final Charset WINDOWS = Charset.forName("windows-1252");

    /// What text that was damaged several times takes.
    private static final int MOST_ROUNDS = 4;

    private static final int FIRST = 0x80;
    private static final byte[] HIGH = new byte[0x2123];

    static {
        for (int b = FIRST; b < 0x100; b++) {
            HIGH[b] = (byte) b; // Latin-1, and the five places that Windows leaves empty
            String decoded = new String(new byte[] {(byte) b}, WINDOWS);
            if (decoded.charAt(0) < HIGH.length) {
                HIGH[decoded.charAt(0)] = (byte) b;
            }
        }
    }

    private Mojibake() {}

    /// The repaired text, the same object where there was nothing to repair.
    static String repair(String text) {
        String current = text;
        for (int i = 0; i < MOST_ROUNDS; i++) {
            String repaired = once(current);
            if (repaired.equals(current)) {
                return current;
            }
            current = repaired;
        }
        return current;
    }

    private static String once(String text) {
        StringBuilder repaired = null;
        int copied = 0;
        int at = 0;
        while (at < text.length()) {
            int length = length(text, at, repaired != null && copied == at);
            if (length == 0) {
                at++;
                continue;
            }
            if (repaired == null) {
                repaired = new StringBuilder(text.length());
            }
            repaired.append(text, copied, at).appendCodePoint(codePoint(text, at, length));
            at += length;
            copied = at;
        }
        return repaired == null ? text : repaired.append(text, copied, text.length()).toString();
    }

    /// The byte that a character stands for; 0 where it stands for none above 0x7F.
    private static int high(char c) {
        return c >= FIRST && c < HIGH.length ? HIGH[c] & 0xFF : 0;
    }

    /// How many characters from here stand for the bytes of one; 0 where they do not.
    ///
    /// @param follows whether the character before was one of those
    private static int length(String text, int at, boolean follows) {
        char first = text.charAt(at);
        if (first < 0xC2 || first > 0xF4) {
            return 0;
        }
        int length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
        if (at + length > text.length()) {
            return 0;
        }
        for (int i = 1; i < length; i++) {
            int b = high(text.charAt(at + i));
            if (b < 0x80 || b > 0xBF) {
                return 0;
            }
        }
        int decoded = codePoint(text, at, length);
        boolean shortest = decoded >= (length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000);
        boolean valid =
                shortest && decoded <= Character.MAX_CODE_POINT && Character.isDefined(decoded);
        boolean surrogate = decoded >= 0xD800 && decoded <= 0xDFFF;
        boolean isAlone =
                length == 2
                        && !follows
                        && isWritten(text, at)
                        && (at + 2 >= text.length() || length(text, at + 2, true) == 0);
        return !valid || surrogate || isAlone ? 0 : length;
    }

    /// Whether a pair may well have been written as it is: a capital letter at the end of a word in
    /// capitals, with punctuation behind it; or a letter with another one behind it.
    private static boolean isWritten(String text, int at) {
        char second = text.charAt(at + 1);
        if (second >= 0x80 && second < 0xA0) {
            return false; // control characters: nobody writes them
        }
        char before = at == 0 ? ' ' : text.charAt(at - 1);
        boolean punctuation = second >= 0x2013 && second <= 0x203A;
        boolean closing = punctuation || second == 0xBB || second == 0xAB || second == 0xA0;
        boolean letter = Character.isLetter(second) && second != 0xAA && second != 0xBA;
        char first = text.charAt(at);
        boolean usual = first == 0xC3 || first == 0xC2;
        return (closing && Character.isUpperCase(before))
                || (letter && !usual)
                || (closing && !usual && first < 0xCE && Character.isLetter(before));
    }

    private static int codePoint(String text, int at, int length) {
        int first = text.charAt(at);
        int value = length == 2 ? first & 0x1F : length == 3 ? first & 0x0F : first & 0x07;
        for (int i = 1; i < length; i++) {
            value = value << 6 | high(text.charAt(at + i)) & 0x3F;
        }
        return value;
    }
}
