package io.tornadogpt.tokenizer.sentencepiece;

import io.tornadogpt.tokenizer.decoder.Decoder;
import io.tornadogpt.tokenizer.text.Utf8;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/// SentencePiece's decoding: control pieces vanish, U+2581 becomes a space but for the one that was
/// put before the text, pieces of bytes become characters, and a byte that is part of none becomes
/// U+FFFD.
final class SentencePieceDecoder implements Decoder {

    private static final int LONGEST_CHARACTER = 4;

    private final SentencePieceFile file;

    /// The types of the pieces that are not plain text.
    private final Map<String, SentencePieceFile.PieceType> types = new HashMap<>();

    SentencePieceDecoder(SentencePieceFile file) {
        this.file = file;
        for (SentencePieceFile.Piece piece : file.pieces()) {
            switch (piece.type()) {
                case UNKNOWN, CONTROL, BYTE -> types.put(piece.text(), piece.type());
                case NORMAL, USER_DEFINED, UNUSED -> {
                    // Plain text.
                }
            }
        }
    }

    @Override
    public String type() {
        return "SentencePiece";
    }

    @Override
    public Step before(Step next) {
        return new PieceStep(next);
    }

    private final class PieceStep implements Step {

        private final Step next;
        private final StringBuilder parts = new StringBuilder();
        private byte[] bytes = new byte[16];
        private int count;

        /// Whether the space before the text may still come.
        private boolean atBegin = true;

        private boolean droppedSpace;
        private boolean empty = true;

        PieceStep(Step next) {
            this.next = next;
        }

        @Override
        public void text(String part) {
            parts.append(part);
        }

        @Override
        public void endToken() {
            String piece = parts.toString();
            parts.setLength(0);
            SentencePieceFile.PieceType type = types.get(piece);
            if (type == SentencePieceFile.PieceType.BYTE) {
                if (count == bytes.length) {
                    bytes = Arrays.copyOf(bytes, 2 * count);
                }
                bytes[count++] = (byte) Integer.parseInt(piece.substring(3, 5), 16);
                decodeBytes(LONGEST_CHARACTER);
                return;
            }
            decodeBytes(1);
            if (droppedSpace || !empty) {
                atBegin = false;
            }
            droppedSpace = false;
            if (type == SentencePieceFile.PieceType.UNKNOWN) {
                hand(file.unkSurface());
            } else if (type == null) {
                hand(plain(piece));
            }
        }

        @Override
        public void end() {
            decodeBytes(1);
            next.end();
        }

        private String plain(String piece) {
            boolean drops =
                    atBegin
                            && (file.addDummyPrefix() || file.removeExtraWhitespaces())
                            && piece.charAt(0) == SentencePieceFile.SPACE;
            droppedSpace = drops && !file.removeExtraWhitespaces();
            String text = drops ? piece.substring(1) : piece;
            return text.replace(SentencePieceFile.SPACE, ' ');
        }

        /// Hands on whole characters; what may still become one waits while fewer than `enough`
        /// bytes are there.
        private void decodeBytes(int enough) {
            int at = 0;
            while (at < count) {
                int decoded = Utf8.decode(bytes, at, count);
                if (decoded != Utf8.MALFORMED) {
                    int length = Utf8.length(decoded);
                    hand(new String(bytes, at, length, StandardCharsets.UTF_8));
                    at += length;
                } else if (count - at >= enough) {
                    hand("\uFFFD");
                    at++;
                } else {
                    break;
                }
            }
            System.arraycopy(bytes, at, bytes, 0, count - at);
            count -= at;
        }

        private void hand(String text) {
            empty &= text.isEmpty();
            next.text(text);
            next.endToken();
        }
    }
}
