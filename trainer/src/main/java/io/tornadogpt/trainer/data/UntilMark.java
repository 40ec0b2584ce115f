package io.tornadogpt.trainer.data;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/// The documents of a stream that has [Marks#MARK] between them, one after the other. The stream
/// stays open underneath.
final class UntilMark extends InputStream {
    private final InputStream in;
    private final byte[] buffer = new byte[1 << 16];
    private int at;
    private int end;
    private boolean open;
    private boolean last;

    UntilMark(InputStream in) {
        this.in = in;
    }

    /// Begins the next document.
    void begin() {
        open = true;
    }

    /// Whether the document has not been read to its end so far.
    boolean open() {
        return open;
    }

    /// Whether the stream has ended, so that there is no document behind this one.
    boolean last() {
        return last;
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
        if (!open || !fill()) {
            return -1;
        }
        int stop = stop(length);
        int found = found(stop);
        int n = found - at;
        System.arraycopy(buffer, at, to, offset, n);
        open = found == stop;
        at = open ? found : found + 1;
        return n == 0 ? -1 : n;
    }

    /// As [InputStream] does it, but without a large array where a short document lies in the
    /// buffer.
    @Override
    public byte[] readNBytes(int length) throws IOException {
        if (length > 0 && open && fill()) {
            int stop = stop(length);
            int found = found(stop);
            if (found < stop) {
                byte[] all = Arrays.copyOfRange(buffer, at, found);
                open = false;
                at = found + 1;
                return all;
            }
        }
        return super.readNBytes(length);
    }

    private int stop(int length) {
        return Math.min(end, at + length);
    }

    /// The place of the next mark, or `stop` where there is none before it.
    private int found(int stop) {
        int found = at;
        while (found < stop && buffer[found] != (byte) Marks.MARK) {
            found++;
        }
        return found;
    }

    /// Makes sure that there is a byte, or that the stream has ended.
    private boolean fill() throws IOException {
        if (at == end) {
            at = 0;
            end = Math.max(0, in.read(buffer));
            last = end == 0;
            open = !last;
        }
        return open;
    }
}
