package io.tornadogpt.tokenizer.normalizer;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.tokenizer.TokenizerFormatException;
import io.tornadogpt.tokenizer.json.JsonSection;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// SentencePiece's compiled rules as Hugging Face applies them, which is not as SentencePiece does:
/// a cluster of less than six bytes is looked up as one, then each character by itself, and the
/// shortest rule holds.
public record Precompiled(CharsMap map) implements Normalizer {

    private static final Pattern CLUSTER = Pattern.compile("\\X");
    private static final int LONGEST_CLUSTER = 5;

    static Precompiled read(JsonSection section) throws TokenizerFormatException {
        JsonSection blob = section.child("precompiled_charsmap");
        try {
            return new Precompiled(
                    CharsMap.read(
                            Base64.getDecoder().decode(section.text("precompiled_charsmap"))));
        } catch (IllegalArgumentException e) {
            throw blob.refuse(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public String type() {
        return "Precompiled";
    }

    @Override
    public String normalize(String text) {
        int at = sameEnd(text, 0);
        if (at == text.length()) {
            return text;
        }
        StringBuilder changed = new StringBuilder(text.length() + 16).append(text, 0, at);
        Matcher clusters = CLUSTER.matcher(text);
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c < 0x80 && isCluster(text, at)) {
                changed.append(map.ofAscii(c));
                at++;
                int same = sameEnd(text, at);
                changed.append(text, at, same);
                at = same;
                continue;
            }
            clusters.region(at, text.length());
            int end = isCluster(text, at) ? at + 1 : clusters.lookingAt() ? clusters.end() : at + 1;
            appendCluster(text.substring(at, end), changed);
            at = end;
        }
        return changed.toString();
    }

    @Override
    public void write(ObjectNode section) {
        section.put("precompiled_charsmap", Base64.getEncoder().encodeToString(map.bytes()));
    }

    /// The end of the characters that are certainly clusters of their own and have no rule.
    private int sameEnd(String text, int from) {
        int at = from;
        while (at < text.length()
                && text.charAt(at) < 0x80
                && isCluster(text, at)
                && !map.changes(text.charAt(at))) {
            at++;
        }
        return at;
    }

    /// Whether a character is certainly a cluster of its own: one that begins none with ASCII
    /// behind it, which never goes on with one, but for a line feed after a carriage return.
    private static boolean isCluster(String text, int at) {
        char c = text.charAt(at);
        boolean alone = c < 0x300 || (c >= 0x2010 && c <= 0x2027);
        return alone && c != '\r' && (at + 1 == text.length() || text.charAt(at + 1) < 0x80);
    }

    private void appendCluster(String cluster, StringBuilder to) {
        byte[] bytes = cluster.getBytes(StandardCharsets.UTF_8);
        if (bytes.length <= LONGEST_CLUSTER && append(bytes, to)) {
            return;
        }
        appendEach(cluster, 0, cluster.length(), to);
    }

    private void appendEach(String text, int from, int end, StringBuilder to) {
        for (int at = from, c; at < end; at += Character.charCount(c)) {
            c = text.codePointAt(at);
            if (c < 0x80) {
                to.append(map.ofAscii(c));
            } else if (!append(Character.toString(c).getBytes(StandardCharsets.UTF_8), to)) {
                to.appendCodePoint(c);
            }
        }
    }

    private boolean append(byte[] bytes, StringBuilder to) {
        long found = map.shortest(bytes, 0, bytes.length);
        if (found < 0) {
            return false;
        }
        to.append(map.replacement(found));
        return true;
    }
}
