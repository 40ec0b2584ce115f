package io.tornadogpt.trainer.data;

import java.io.IOException;
import java.io.InputStream;

/// Some of the characters of a stream of valid UTF-8, counted in code points. Bytes [Marks#MARK]
/// between them count for nothing; one before the first character passes, one behind the last does
/// not.
final class CharacterRange extends InputStream {
    private static final int BUFFER_BYTES = 1 << 16;

    private final InputStream in;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int at;
    private int end;
    private long toSkip;
    private long toPass;
    private boolean skipping;

    CharacterRange(InputStream utf8, long from, long count) {
        this.in = utf8;
        this.toSkip = from;
        this.toPass = count;
    }

    /// Characters that begin in a range of bytes.
    static long countCharacters(byte[] utf8, int from, int to) {
        int count = 0;
        for (int i = from; i < to; i++) {
            count += startsCharacter(utf8[i]) ? 1 : 0;
        }
        return count;
    }

    private static boolean startsCharacter(byte b) {
        return (b & 0xC0) != 0x80;
    }

    @Override
    public int read() throws IOException {
        var one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (!fill()) {
            return -1;
        }
        int n = 0;
        while (n < length && at < end && mayPass(buffer[at])) {
            to[offset + n++] = buffer[at++];
        }
        return n == 0 ? -1 : n;
    }

    /// Counts a byte that is passed on; false behind the last character.
    private boolean mayPass(byte b) {
        if (b == (byte) Marks.MARK) {
            return toPass > 0;
        }
        if (startsCharacter(b)) {
            if (toPass == 0) {
                return false;
            }
            toPass--;
        }
        return true;
    }

    /// Puts the next byte that is not skipped into the buffer, or says that there is none.
    private boolean fill() throws IOException {
        while (true) {
            while (at < end && isSkipped(buffer[at])) {
                at++;
            }
            if (at < end) {
                return true;
            }
            at = 0;
            end = in.read(buffer);
            if (end < 0) {
                end = 0;
                return false;
            }
        }
    }

    private boolean isSkipped(byte b) {
        if (b == (byte) Marks.MARK) {
            skipping = toSkip > 0;
            return skipping;
        }
        if (startsCharacter(b)) {
            skipping = toSkip > 0;
            toSkip -= skipping ? 1 : 0;
        }
        return skipping;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
