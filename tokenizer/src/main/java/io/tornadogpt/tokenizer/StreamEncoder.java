package io.tornadogpt.tokenizer;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Encodes a stream chunk by chunk on all cores and delivers the tokens in order. No more than a
/// few chunks a core are in memory at once.
final class StreamEncoder {

    /// Finds places where a text may be cut without changing any token.
    @FunctionalInterface
    interface Cut {
        /// The last such place in `bytes(from, to]`, where more text follows `to`; `from` if none.
        int lastIn(byte[] bytes, int from, int to);
    }

    /// Encodes one chunk; called by many threads at once.
    @FunctionalInterface
    interface ChunkEncoder {
        IntArray encode(TextChunk chunk);
    }

    private record Pending(Future<IntArray> tokens, long end) {}

    private static final int CHUNK_BYTES = 1 << 20;
    private static final int LONGEST_CHUNK = 1 << 30;

    private final Cut cut;
    private final ChunkEncoder encoder;

    StreamEncoder(Cut cut, ChunkEncoder encoder) {
        this.cut = cut;
        this.encoder = encoder;
    }

    long encode(InputStream in, TokenSink sink) throws IOException {
        int cores = Runtime.getRuntime().availableProcessors();
        ChunkReader chunks = new ChunkReader(in);
        Deque<Pending> window = new ArrayDeque<>();
        long count = 0;
        ExecutorService workers = Executors.newFixedThreadPool(cores, StreamEncoder::worker);
        try {
            for (TextChunk chunk = chunks.next(); chunk != null; chunk = chunks.next()) {
                TextChunk task = chunk;
                window.add(
                        new Pending(
                                workers.submit(() -> encoder.encode(task)),
                                task.offset() + task.length()));
                if (window.size() > 2 * cores) {
                    count += deliver(window.remove(), sink);
                }
            }
            while (!window.isEmpty()) {
                count += deliver(window.remove(), sink);
            }
        } finally {
            workers.shutdownNow();
        }
        return count;
    }

    private static int deliver(Pending next, TokenSink sink) throws IOException {
        IntArray tokens = await(next.tokens());
        sink.accept(tokens.raw(), tokens.size(), next.end());
        return tokens.size();
    }

    static <T> T await(Future<T> future) {
        try {
            return future.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case RuntimeException unchecked -> throw unchecked;
                case Error error -> throw error;
                case null, default -> throw new IllegalStateException(e.getCause());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while encoding text", e);
        }
    }

    static Thread worker(Runnable work) {
        Thread thread = new Thread(work, "tokenizer");
        thread.setDaemon(true);
        return thread;
    }

    /// Cuts the stream into chunks of about [#CHUNK_BYTES].
    private final class ChunkReader {

        private final InputStream in;
        private byte[] buffer = new byte[CHUNK_BYTES];
        private int filled;
        private long offset;
        private boolean ended;

        ChunkReader(InputStream in) {
            this.in = in;
        }

        @Nullable TextChunk next() throws IOException {
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
            TextChunk chunk = new TextChunk(buffer, 0, end, offset);
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
}
