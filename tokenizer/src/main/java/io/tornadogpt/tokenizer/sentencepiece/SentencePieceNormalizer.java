package io.tornadogpt.tokenizer.sentencepiece;

import io.tornadogpt.tokenizer.normalizer.CharsMap;
import io.tornadogpt.tokenizer.normalizer.Normalizer;
import io.tornadogpt.tokenizer.text.Trie;
import io.tornadogpt.tokenizer.text.Utf8;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// SentencePiece's normalization: the file's rules, the longest first; white space at the ends goes
/// and runs become one, if so asked; a space comes before the text; spaces become U+2581. Symbols
/// that the user defined stay as they are. A byte that is not UTF-8 becomes U+FFFD.
public final class SentencePieceNormalizer implements Normalizer.OfBytes {

    private static final byte[] SYMBOL = {(byte) 0xE2, (byte) 0x96, (byte) 0x81};
    private static final byte[] REPLACEMENT = {(byte) 0xEF, (byte) 0xBF, (byte) 0xBD};

    private final SentencePieceFile file;
    private final @Nullable CharsMap rules;
    private final @Nullable Trie userDefined;
    private final byte[] space;

    public SentencePieceNormalizer(SentencePieceFile file) {
        this.file = file;
        rules = file.charsMap();
        userDefined = userDefined(file);
        space = file.escapeWhitespaces() ? SYMBOL : new byte[] {' '};
    }

    private static @Nullable Trie userDefined(SentencePieceFile file) {
        Trie trie = null;
        for (SentencePieceFile.Piece piece : file.pieces()) {
            if (piece.type() == SentencePieceFile.PieceType.USER_DEFINED) {
                trie = trie == null ? new Trie() : trie;
                trie.put(piece.text().getBytes(StandardCharsets.UTF_8), 0);
            }
        }
        return trie;
    }

    @Override
    public String type() {
        return "SentencePiece";
    }

    @Override
    public String normalize(String text) {
        return normalize(text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public String normalize(byte[] utf8) {
        return new Pass(utf8).run();
    }

    /// One text on its way.
    private final class Pass {

        private final byte[] in;
        private int at;

        private byte[] out;
        private int size;

        /// What the next character becomes: `from[start, end)`.
        private byte[] from;

        private int start;
        private int end;

        Pass(byte[] in) {
            this.in = in;
            from = in;
            out = new byte[in.length + in.length / 2 + 16];
        }

        String run() {
            boolean removes = file.removeExtraWhitespaces();
            while (removes && at < in.length) {
                int before = at;
                next();
                if (end - start != 1 || from[start] != ' ') {
                    at = before;
                    break;
                }
            }
            if (at == in.length) {
                return "";
            }
            boolean dummy = file.addDummyPrefix();
            if (dummy && !file.treatWhitespaceAsSuffix()) {
                append(space, 0, space.length);
            }
            boolean afterSpace = removes;
            while (at < in.length) {
                next();
                while (afterSpace && start < end && from[start] == ' ') {
                    start++;
                }
                if (start < end) {
                    appendSpaced();
                    afterSpace = removes && from[end - 1] == ' ';
                }
            }
            if (removes) {
                dropTrailing();
            }
            if (dummy && file.treatWhitespaceAsSuffix()) {
                append(space, 0, space.length);
            }
            return new String(out, 0, size, StandardCharsets.UTF_8);
        }

        /// Finds what the next character, or the next few, become.
        private void next() {
            if (userDefined != null) {
                int stop = userDefined.longestEnd(in, at, in.length);
                if (stop != Trie.NONE) {
                    keep(stop - at);
                    return;
                }
            }
            byte first = in[at];
            boolean asciiNext = at + 1 == in.length || in[at + 1] >= 0;
            if (rules != null && (first < 0 || !asciiNext || rules.beginsWith(first))) {
                long found = rules.longest(in, at, in.length);
                if (found >= 0) {
                    from = rules.blob();
                    start = rules.start(found);
                    end = rules.end(found);
                    at += (int) (found >>> 32);
                    return;
                }
            }
            if (first >= 0) {
                keep(1);
                return;
            }
            int decoded = Utf8.decode(in, at, in.length);
            if (decoded == Utf8.MALFORMED) {
                from = REPLACEMENT;
                start = 0;
                end = REPLACEMENT.length;
                at++;
            } else {
                keep(Utf8.length(decoded));
            }
        }

        private void keep(int length) {
            from = in;
            start = at;
            end = at + length;
            at = end;
        }

        private void appendSpaced() {
            for (int i = start; i < end; i++) {
                if (from[i] == ' ' && file.escapeWhitespaces()) {
                    append(SYMBOL, 0, SYMBOL.length);
                } else {
                    append(from, i, 1);
                }
            }
        }

        private void dropTrailing() {
            while (size >= space.length
                    && Arrays.equals(out, size - space.length, size, space, 0, space.length)) {
                size -= space.length;
            }
        }

        private void append(byte[] bytes, int offset, int length) {
            if (size + length > out.length) {
                out = Arrays.copyOf(out, 2 * out.length + length);
            }
            for (int i = 0; i < length; i++) {
                out[size++] = bytes[offset + i];
            }
        }
    }
}
