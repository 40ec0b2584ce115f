package io.tornadogpt.curation.step;

import io.tornadogpt.curation.Document;
import io.tornadogpt.curation.Verdict;

import java.text.Normalizer;
import java.util.Map;
import java.util.TreeMap;

/// Repairs how a text is written down, not what it says: UTF-8 that was read as Windows-1252,
/// several ways to write the same character (Unicode's normalization, UAX #15), line ends, and
/// characters that nobody sees. What is left empty goes.
///
/// @param mojibake whether to undo decoding errors
/// @param normalization the form of Unicode, or `none`
/// @param controls whether control characters go, and those that only mark a direction, a byte
///   order or a place to break a word; tabs and line ends stay
public record Repair(boolean mojibake, Form normalization, boolean controls)
        implements DocumentStep {
    /// All of it, with canonical composition (NFC).
    public static final Repair DEFAULT = new Repair(true, Form.NFC, true);

    /// Unicode's normalization forms that keep or compose characters.
    public enum Form {
        /// The text stays as it is.
        NONE,
        /// Canonical composition.
        NFC,
        /// Compatibility composition, which makes of a ligature its letters.
        NFKC
    }

    @Override
    public Verdict apply(Document document) {
        String before = document.text();
        var counts = new TreeMap<String, Integer>();
        String text = withLineEnds(before);
        if (mojibake) {
            text = counted("mojibake", text, Mojibake.repair(text), counts);
        }
        if (controls) {
            text = counted("controls", text, withoutControls(text), counts);
        }
        if (normalization != Form.NONE) {
            text = counted("normalization", text, normalized(text), counts);
        }
        if (text.isBlank()) {
            return new Verdict.Removed("empty", "there is no text");
        }
        if (!text.equals(before) && counts.isEmpty()) {
            counts.put("lineEnds", 1);
        }
        return counts.isEmpty()
                ? Verdict.KEPT
                : new Verdict.Changed(document.withText(text), counts);
    }

    private static String counted(
            String what, String before, String after, Map<String, Integer> counts) {
        if (!after.equals(before)) {
            counts.put(what, 1);
        }
        return after;
    }

    private static String withLineEnds(String text) {
        return text.indexOf('\r') < 0 ? text : text.replace("\r\n", "\n").replace('\r', '\n');
    }

    private String normalized(String text) {
        if (isAscii(text)) {
            return text;
        }
        return Normalizer.normalize(
                text, normalization == Form.NFC ? Normalizer.Form.NFC : Normalizer.Form.NFKC);
    }

    private static boolean isAscii(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) >= 0x80) {
                return false;
            }
        }
        return true;
    }

    private static String withoutControls(String text) {
        int first = 0;
        while (first < text.length() && !isUnseen(text.charAt(first))) {
            first++;
        }
        if (first == text.length()) {
            return text;
        }
        var without = new StringBuilder(text.length()).append(text, 0, first);
        for (int i = first; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!isUnseen(c)) {
                without.append(c);
            }
        }
        return without.toString();
    }

    /// Joiners (U+200C and U+200D) stay: Persian, Indic scripts and emoji are written with them.
    private static boolean isUnseen(char c) {
        if (c < ' ') {
            return c != '\n' && c != '\t';
        }
        return (c >= 0x7F && c < 0xA0 && c != 0x85)
                || c == 0xAD
                || c == 0x200B
                || c == 0x200E
                || c == 0x200F
                || (c >= 0x202A && c <= 0x202E)
                || (c >= 0x2060 && c <= 0x2064)
                || (c >= 0x2066 && c <= 0x206F)
                || c == 0xFEFF
                || (c >= 0xFFF9 && c <= 0xFFFB);
    }
}
