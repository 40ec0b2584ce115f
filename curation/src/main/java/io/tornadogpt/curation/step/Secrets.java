package io.tornadogpt.curation.step;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Keys and passwords: by the prefixes that services give their keys, by the frame of a private
/// key, and by what a value is assigned to.
final class Secrets {
    /// One pattern, because all of them begin with a letter of theirs.
    private static final Pattern KEYS =
            Pattern.compile(
                    "(?:AKIA|ASIA|AROA|AIDA)[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{30,255}"
                        + "|github_pat_[A-Za-z0-9_]{22,255}|glpat-[A-Za-z0-9_-]{20,64}"
                        + "|xox[abeprs]-[A-Za-z0-9-]{10,255}|AIza[A-Za-z0-9_-]{35}"
                        + "|[prs]k_(?:live|test)_[A-Za-z0-9]{16,255}|whsec_[A-Za-z0-9]{24,64}"
                        + "|sk-(?:[a-z]+-)*[A-Za-z0-9_-]{20,255}|hf_[A-Za-z0-9]{30,64}"
                        + "|npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{32,255}|dop_v1_[a-f0-9]{64}"
                        + "|SG\\.[A-Za-z0-9_-]{16,32}\\.[A-Za-z0-9_-]{16,64}|(?:AC|SK)[0-9a-f]{32}"
                        + "|eyJ[A-Za-z0-9_-]{8,2000}\\.eyJ[A-Za-z0-9_-]{4,4000}\\.[A-Za-z0-9_-]{8,2000}");

    /// Keys that this finds begin so, and hardly a word does; the pattern is not tried on others.
    private static final String[][] BEGINNINGS = beginnings();

    private static final String BEGIN = "-----BEGIN ";
    private static final String END_OF_KEY = "PRIVATE KEY-----";
    private static final int LONGEST_KEY = 16_384;

    private static final Pattern NAME =
            Pattern.compile(
                    "(?:password|passwd|passphrase|pwd|secret|token|api[_ -]?key|access[_"
                        + " -]?key|secret[_ -]?key|client[_ -]?secret|private[_ -]?key|auth[_"
                        + " -]?key|credentials?|passwort|kennwort|mot de passe|contrase\u00F1a)(?:"
                        + " is)?[\"'`]?\\s{0,2}$",
                    Pattern.CASE_INSENSITIVE);
    private static final int LONGEST_NAME = 32;
    private static final int LONGEST_VALUE = 256;
    private static final int SHORTEST_VALUE = 6;

    private Secrets() {}

    private static String[][] beginnings() {
        var all = new String[128][];
        String list =
                "AKIA ASIA AROA AIDA AIza AC ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ glpat- xoxa-"
                    + " xoxb- xoxe- xoxp- xoxr- xoxs- pk_ sk_ rk_ sk- whsec_ hf_ npm_ pypi- dop_v1_"
                    + " SG. SK eyJ";
        for (String beginning : list.split(" ")) {
            char first = beginning.charAt(0);
            String[] before = all[first] == null ? new String[0] : all[first];
            all[first] = java.util.Arrays.copyOf(before, before.length + 1);
            all[first][before.length] = beginning;
        }
        return all;
    }

    static boolean mayBegin(String text, int at) {
        char c = text.charAt(at);
        String[] beginnings = c < BEGINNINGS.length ? BEGINNINGS[c] : null;
        if (beginnings != null) {
            for (String beginning : beginnings) {
                if (text.startsWith(beginning, at)) {
                    return true;
                }
            }
        }
        return false;
    }

    /// Where the key ends that begins at a place; -1 where there is none.
    static int keyEnd(String text, int start) {
        Matcher keys = KEYS.matcher(text).region(start, Math.min(text.length(), start + 8100));
        if (!keys.lookingAt()) {
            return -1;
        }
        int end = keys.end();
        boolean digit = text.substring(start, end).chars().anyMatch(c -> c >= '0' && c <= '9');
        return digit ? end : -1;
    }

    /// Where the private key in a frame ends that begins at a place; -1 where there is none.
    static int frameEnd(String text, int start) {
        if (!text.startsWith(BEGIN, start)) {
            return -1;
        }
        int title = text.indexOf(END_OF_KEY, start);
        if (title < 0 || title - start > 60) {
            return -1;
        }
        int end = text.indexOf(END_OF_KEY, title + END_OF_KEY.length());
        return end < 0 || end - start > LONGEST_KEY ? -1 : end + END_OF_KEY.length();
    }

    /// The value that is assigned by the `:` or `=` at a place to what is called a password or key.
    ///
    /// @return its two ends, packed; -1 where there is none
    static long assigned(String text, int at) {
        int from = Math.max(0, at - LONGEST_NAME);
        if (!NAME.matcher(text).region(from, at).find()) {
            return -1;
        }
        int start = at + 1;
        while (start < text.length()
                && start < at + 4
                && " \"'`=>".indexOf(text.charAt(start)) >= 0) {
            start++;
        }
        int end = start;
        while (end < text.length()
                && end - start < LONGEST_VALUE
                && !Words.isSpace(text.charAt(end))
                && "\"'`,;<>".indexOf(text.charAt(end)) < 0) {
            end++;
        }
        while (end > start && ".)]}".indexOf(text.charAt(end - 1)) >= 0) {
            end--;
        }
        return isSecret(text, start, end) ? (long) start << 32 | end : -1;
    }

    /// A word of letters alone may be prose: "password: required".
    private static boolean isSecret(String text, int start, int end) {
        boolean letter = false;
        boolean other = false;
        for (int i = start; i < end; i++) {
            char c = text.charAt(i);
            boolean isLetter = Character.isLetter(c);
            letter |= isLetter;
            other |= !isLetter && c != '-' && c != '_' && c != '.' && c != '(';
        }
        boolean reference = start < end && "$%<{[".indexOf(text.charAt(start)) >= 0;
        return end - start >= SHORTEST_VALUE && letter && other && !reference;
    }

    /// The name, password and machine in an address whose `://` stands at a place.
    ///
    /// @return their two ends, packed; -1 where there is no password
    static long inAddress(String text, int at) {
        int start = at + 3;
        int end = start;
        int colon = -1;
        while (end < text.length() && end - start < 200) {
            char c = text.charAt(end);
            if (c == '@') {
                return colon > start && end > colon + 1
                        ? (long) start << 32 | Math.max(end, Addresses.mailEnd(text, end))
                        : -1;
            }
            if (c == '/' || Words.isSpace(c) || c == '"' || c == '\'') {
                return -1;
            }
            if (c == ':' && colon < 0) {
                colon = end;
            }
            end++;
        }
        return -1;
    }
}
