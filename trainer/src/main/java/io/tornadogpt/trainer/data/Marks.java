package io.tornadogpt.trainer.data;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;

/// A stream of UTF-8 in which each occurrence of a text is one byte, [#MARK]. Marks that it has
/// already, those between files, stay where something stands before them.
final class Marks extends InputStream {
    /// A byte that no UTF-8 has, so that it can stand for a boundary between documents.
    static final int MARK = 0xFF;

    private final InputStream in;
    private final byte[] separator;
    private final boolean once;
    private boolean empty;

    /// @param in may have marks already
    /// @param once whether a mark is left out where nothing stands before it
    /// @param empty whether nothing stands before the first byte, or else a separator
    Marks(InputStream in, byte[] separator, boolean once, boolean empty) {
        this.empty = empty;
        this.in = new BufferedInputStream(in, 1 << 16);
        this.separator = separator;
        this.once = once;
    }

    @Override
    public int read() throws IOException {
        while (true) {
            int next = in.read();
            boolean file = next == MARK;
            if (!file && (next != Byte.toUnsignedInt(separator[0]) || !restFollows())) {
                empty = empty && next < 0;
                return next;
            }
            if (!empty || !(once || file)) {
                empty = true;
                return MARK;
            }
        }
    }

    /// Whether the separator's other bytes follow; they are read if so.
    private boolean restFollows() throws IOException {
        if (separator.length == 1) {
            return true;
        }
        in.mark(separator.length);
        for (int i = 1; i < separator.length; i++) {
            if (in.read() != Byte.toUnsignedInt(separator[i])) {
                in.reset();
                return false;
            }
        }
        return true;
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
        int n = 0;
        while (n < length) {
            int next = read();
            if (next < 0) {
                return n == 0 && length > 0 ? -1 : n;
            }
            to[offset + n++] = (byte) next;
        }
        return n;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
