package io.tornadogpt.trainer.data;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/// A stream with line ends in place of [Marks#MARK].
final class MarksAsLines extends FilterInputStream {
    MarksAsLines(InputStream marked) {
        super(marked);
    }

    @Override
    public int read() throws IOException {
        int next = in.read();
        return next == Marks.MARK ? '\n' : next;
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
        int n = in.read(to, offset, length);
        for (int i = offset; i < offset + n; i++) {
            if (to[i] == (byte) Marks.MARK) {
                to[i] = '\n';
            }
        }
        return n;
    }
}
