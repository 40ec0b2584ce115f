package io.tornadogpt.curation.step;

import java.util.Arrays;

/// The words of a text: what stands between white space. Places are those of the text's `char`s.
final class Words {
    private final String text;
    private int[] starts;
    private int[] ends;
    private int count;

    private Words(String text) {
        this.text = text;
        // Words of English prose have five letters, and a space.
        int expected = text.length() / 5 + 8;
        this.starts = new int[expected];
        this.ends = new int[expected];
    }

    static Words of(String text) {
        var words = new Words(text);
        int length = text.length();
        int at = 0;
        while (at < length) {
            while (at < length && isSpace(text.charAt(at))) {
                at++;
            }
            int start = at;
            while (at < length && !isSpace(text.charAt(at))) {
                at++;
            }
            if (at > start) {
                words.add(start, at);
            }
        }
        return words;
    }

    /// How many words a text has.
    static int count(String text) {
        int count = 0;
        boolean inWord = false;
        for (int i = 0; i < text.length(); i++) {
            boolean space = isSpace(text.charAt(i));
            count += !space && !inWord ? 1 : 0;
            inWord = !space;
        }
        return count;
    }

    /// White space as Unicode has it, with the spaces that do not break lines.
    static boolean isSpace(char c) {
        if (c <= ' ') {
            return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1C && c <= 0x1F);
        }
        if (c < 0x1680) {
            return c == 0x85 || c == 0xA0;
        }
        return Character.isWhitespace(c) || c == 0x2007 || c == 0x202F;
    }

    private void add(int start, int end) {
        if (count == starts.length) {
            starts = Arrays.copyOf(starts, 2 * count);
            ends = Arrays.copyOf(ends, 2 * count);
        }
        starts[count] = start;
        ends[count++] = end;
    }

    int count() {
        return count;
    }

    /// Characters of a word, as Java counts them.
    int characters(int i) {
        return ends[i] - starts[i];
    }

    /// Code points of a word.
    int length(int i) {
        return text.codePointCount(starts[i], ends[i]);
    }

    boolean hasLetter(int i) {
        for (int at = starts[i]; at < ends[i]; at++) {
            char c = text.charAt(at);
            boolean ascii = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
            if (ascii || (c >= 0x80 && Character.isLetter(text.codePointAt(at)))) {
                return true;
            }
        }
        return false;
    }

    /// A word without the punctuation around it.
    String bare(int i) {
        int start = starts[i];
        int end = ends[i];
        while (start < end && !Character.isLetterOrDigit(text.charAt(start))) {
            start++;
        }
        while (end > start && !Character.isLetterOrDigit(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(start, end);
    }

    /// A hash of a word's letters.
    long hash(int i) {
        long hash = 1125899906842597L;
        for (int at = starts[i]; at < ends[i]; at++) {
            hash = 31 * hash + text.charAt(at);
        }
        return Mixing.mix(hash);
    }
}
