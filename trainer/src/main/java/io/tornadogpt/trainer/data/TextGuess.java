package io.tornadogpt.trainer.data;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// Tells text from token ids by how a file begins.
///
/// Sixteen-bit ids are not mistaken for text: ids below 256 have a zero byte, those of a byte-level
/// tokenizer are mostly below 8,192, whose upper byte is a control character, and of ids from a
/// vocabulary of 50,257 in no order one in three looks like two letters. Text has not one byte that
/// does not fit in.
final class TextGuess {
    /// Fewer bytes say nothing: eight ids.
    private static final int FEWEST_BYTES = 16;

    private static final int MOST_BYTES = 4096;
    private static final int SHOWN = 24;

    private TextGuess() {}

    /// How the text begins, or nothing where the bytes are no text.
    static Optional<String> of(MemorySegment file) {
        if (file.byteSize() < FEWEST_BYTES) {
            return Optional.empty();
        }
        ByteBuffer bytes = file.asSlice(0, Math.min(MOST_BYTES, file.byteSize())).asByteBuffer();
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder(); // reports what is no UTF-8
        CharBuffer characters = CharBuffer.allocate(MOST_BYTES);
        boolean valid = decoder.decode(bytes, characters, false).isUnderflow();
        String text = characters.flip().toString();
        return valid && text.codePoints().allMatch(TextGuess::isOfText)
                ? Optional.of(text.substring(0, text.offsetByCodePoints(0, shown(text))))
                : Optional.empty();
    }

    private static int shown(String text) {
        return Math.min(SHOWN, text.codePointCount(0, text.length()));
    }

    private static boolean isOfText(int codePoint) {
        return Character.isISOControl(codePoint)
                ? codePoint == '\n' || codePoint == '\r' || codePoint == '\t' || codePoint == '\f'
                : Character.isDefined(codePoint);
    }
}
