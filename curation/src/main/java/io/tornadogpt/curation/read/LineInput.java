package io.tornadogpt.curation.read;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/// Cuts a stream into lines, of which none takes more memory than a bound.
///
/// Used by one thread at a time.
public final class LineInput {
    private static final int BUFFER = 1 << 16;

    private final InputStream in;
    private final long most;
    private final byte[] buffer = new byte[BUFFER];
    private int at;
    private int filled;
    private byte[] line = new byte[1 << 12];
    private int length;
    private long whole;
    private long consumed;

    /// @param most bytes of a line that are kept
    public LineInput(InputStream in, long most) {
        this.in = in;
        this.most = most;
    }

    /// Reads the next line.
    ///
    /// @return whether there was one
    public boolean next() throws IOException {
        length = 0;
        whole = 0;
        boolean any = false;
        while (true) {
            if (at == filled) {
                filled = in.read(buffer, 0, BUFFER);
                at = 0;
                if (filled <= 0) {
                    filled = 0;
                    return any;
                }
            }
            any = true;
            int end = at;
            while (end < filled && buffer[end] != '\n') {
                end++;
            }
            keep(at, end);
            consumed += end - at;
            at = end;
            if (end < filled) {
                at++;
                consumed++;
                return true;
            }
        }
    }

    private void keep(int from, int to) {
        whole += to - from;
        if (whole > most) {
            return;
        }
        int count = to - from;
        if (length + count > line.length) {
            line =
                    Arrays.copyOf(
                            line,
                            Math.max(
                                    length + count,
                                    (int) Math.min(2L * line.length, Integer.MAX_VALUE - 16)));
        }
        System.arraycopy(buffer, from, line, length, count);
        length += count;
    }

    /// The bytes of the line begin at 0; there may be more behind them. Valid until the next call.
    public byte[] bytes() {
        return line;
    }

    /// Bytes of the line that were kept.
    public int length() {
        return length;
    }

    /// Bytes of the line as it stands in the stream, also where they were not kept.
    public long whole() {
        return whole;
    }

    /// Whether the line has more bytes than are kept.
    public boolean tooLong() {
        return whole > most;
    }

    /// Bytes up to the beginning of the next line.
    public long consumed() {
        return consumed;
    }
}
