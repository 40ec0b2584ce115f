package io.tornadogpt.curation.read;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/// Bytes as text.
final class Decoding {
    private Decoding() {}

    /// Text in UTF-8, or in UTF-16 where a byte order mark says so.
    ///
    /// @throws BadInputException where it is neither
    static String text(byte[] bytes, int length) throws BadInputException {
        Charset charset = StandardCharsets.UTF_8;
        int from = 0;
        if (starts(bytes, length, 0xEF, 0xBB, 0xBF)) {
            from = 3;
        } else if (starts(bytes, length, 0xFF, 0xFE)) {
            charset = StandardCharsets.UTF_16LE;
            from = 2;
        } else if (starts(bytes, length, 0xFE, 0xFF)) {
            charset = StandardCharsets.UTF_16BE;
            from = 2;
        }
        if (charset.equals(StandardCharsets.UTF_8)) {
            requireText(bytes, length);
        }
        var decoder =
                charset.newDecoder()
                        .onMalformedInput(CodingErrorAction.REPORT)
                        .onUnmappableCharacter(CodingErrorAction.REPORT);
        try {
            return decoder.decode(ByteBuffer.wrap(bytes, from, length - from)).toString();
        } catch (CharacterCodingException e) {
            throw new BadInputException("notUtf8", "the text is not UTF-8");
        }
    }

    private static void requireText(byte[] bytes, int length) throws BadInputException {
        for (int i = 0; i < length; i++) {
            if (bytes[i] == 0) {
                throw new BadInputException("binary", "it is binary: byte %d is 0".formatted(i));
            }
        }
    }

    private static boolean starts(byte[] bytes, int length, int... mark) {
        for (int i = 0; i < mark.length; i++) {
            if (i >= length || (bytes[i] & 0xFF) != mark[i]) {
                return false;
            }
        }
        return true;
    }
}
