package io.tornadogpt.tokenizer.text;

import io.tornadogpt.tokenizer.UnencodableTextException;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/// Cuts a stream of text into chunks of about 1 MiB, which depend on the text alone.
///
/// Used by one thread at a time.
public final class ChunkReader {
    private static final int CHUNK_BYTES = 1 << 20;
    private static final int LONGEST_CHUNK = 1 << 30;

    private final ParallelChunks.Cut cut;
    private final InputStream in;
    private byte[] buffer = new byte[CHUNK_BYTES];
    private int filled;
    private long offset;
    private boolean ended;

    public ChunkReader(ParallelChunks.Cut cut, InputStream in) {
        this.cut = cut;
        this.in = in;
    }

    /// Reads the next chunk.
    ///
    /// @return null behind the last one
    /// @throws UnencodableTextException where there is no place to cut the text for long
    public @Nullable TextChunk next() throws IOException {
        while (true) {
            fill();
            if (filled == 0) {
                return null;
            }
            int end = ended ? filled : cut.lastIn(buffer, 0, filled);
            if (end > 0) {
                return take(end);
            }
            growBuffer();
        }
    }

    private void fill() throws IOException {
        if (!ended) {
            filled += in.readNBytes(buffer, filled, buffer.length - filled);
            ended = filled < buffer.length;
        }
    }

    private TextChunk take(int end) {
        TextChunk chunk = new TextChunk(buffer, end, offset);
        byte[] next = new byte[Math.max(CHUNK_BYTES, filled - end)];
        System.arraycopy(buffer, end, next, 0, filled - end);
        buffer = next;
        filled -= end;
        offset += end;
        return chunk;
    }

    private void growBuffer() {
        if (buffer.length >= LONGEST_CHUNK) {
            throw new UnencodableTextException(
                    "the text has no place to cut it within "
                            + LONGEST_CHUNK
                            + " bytes of byte "
                            + offset
                            + "; break such runs of one kind of character with white space",
                    offset);
        }
        buffer = Arrays.copyOf(buffer, 2 * buffer.length);
    }
}
