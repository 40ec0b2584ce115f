package io.tornadogpt.trainer.parallel;

import io.tornadogpt.tokenizer.TokenSink;
import io.tornadogpt.trainer.data.DocumentPieces;
import io.tornadogpt.trainer.data.DocumentPieces.Piece;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/// The rounds in which several processes encode a text: in each of them every process has a stretch
/// of it, of the same length, and rank 0 gets their tokens in order. Memory does not grow with the
/// text or the number of processes.
///
/// Used by one thread at a time.
final class EncodingRounds implements AutoCloseable {
    /// Bytes of text that a process encodes in a round, if there is so much.
    private static final long MOST = 8L << 20;

    private static final long LEAST = 1L << 12;

    /// Tokens that are sent at once.
    private static final int SENT = 4 << 20;

    private final Communicator communicator;
    private final long stretch;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment nothing = arena.allocate(Integer.BYTES);
    private @Nullable MemorySegment buffer;
    private @Nullable DocumentPieces pieces;
    private @Nullable Exception unwritten;

    /// What a process made in a round.
    ///
    /// @param ids its own
    /// @param bytes of text that they stand for
    /// @param separators the number of end-of-text tokens among them
    /// @param last whether the text has ended
    private record Stretch(int[] ids, long bytes, long separators, boolean last) {}

    /// @param characters of the text, which all processes must be told alike
    EncodingRounds(Communicator communicator, long characters) {
        this.communicator = communicator;
        this.stretch = Math.clamp(characters / communicator.size(), LEAST, MOST);
    }

    /// Encodes a text, together with all other processes.
    ///
    /// @param opening of the text, which is closed here
    /// @param sink takes all tokens at rank 0
    /// @return the number of end-of-text tokens, at rank 0
    /// @throws OtherProcessException where another process failed
    long run(Together.Work<DocumentPieces> opening, TokenSink sink) throws IOException {
        long separators = 0;
        long bytes = 0;
        boolean last = false;
        while (!last) {
            Stretch own = Together.all(communicator, () -> encoded(opening));
            long checksum = Objects.requireNonNull(pieces).checksum();
            List<byte[]> all =
                    communicator.gather(
                            ByteBuffer.allocate(4 * Long.BYTES)
                                    .putLong(checksum)
                                    .putLong(own.ids.length)
                                    .putLong(own.bytes)
                                    .putLong(own.separators)
                                    .array());
            requireSame(all.stream().map(one -> ByteBuffer.wrap(one).getLong()).toList());
            for (int rank = 0; rank < all.size(); rank++) {
                ByteBuffer one = ByteBuffer.wrap(all.get(rank)).position(Long.BYTES);
                int count = (int) one.getLong();
                bytes += one.getLong();
                separators += one.getLong();
                deliver(rank, own.ids, count, bytes, sink);
            }
            last = own.last;
        }
        requireWritten();
        return separators;
    }

    /// Reads all stretches of a round and encodes this process's own.
    private Stretch encoded(Together.Work<DocumentPieces> opening) throws IOException {
        requireWritten();
        DocumentPieces from = pieces;
        if (from == null) {
            from = opening.run();
            pieces = from;
        }
        var own = new ArrayList<Piece>();
        boolean last = false;
        for (int rank = 0; rank < communicator.size() && !last; rank++) {
            boolean wanted = rank == communicator.rank();
            for (long bytes = 0; bytes < stretch && !last; ) {
                Piece piece = from.next(wanted);
                last = piece == null;
                if (piece != null) {
                    bytes += piece.bytes() + 1;
                    if (wanted) {
                        own.add(piece);
                    }
                }
            }
        }
        return new Stretch(
                joined(own.parallelStream().map(Piece::ids).toList()),
                own.stream().mapToLong(Piece::bytes).sum(),
                own.stream().mapToLong(Piece::separators).sum(),
                last);
    }

    private static int[] joined(List<int[]> parts) {
        int[] all = new int[Math.toIntExact(parts.stream().mapToLong(one -> one.length).sum())];
        int at = 0;
        for (int[] part : parts) {
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        return all;
    }

    /// The process that reads another text than rank 0 fails, and no other one does.
    private void requireSame(List<Long> checksums) {
        for (int rank = 1; rank < checksums.size(); rank++) {
            if (!checksums.get(rank).equals(checksums.getFirst())) {
                String message =
                        "the text to train on is another one here than for process 0, under the"
                                + " same path; give all processes the same files";
                if (rank == communicator.rank()) {
                    throw new IllegalArgumentException(message);
                }
                throw new OtherProcessException(rank, message);
            }
        }
    }

    /// Brings the tokens of a process to rank 0, and there to the sink.
    ///
    /// @param bytes of text that they and all before them stand for
    private void deliver(int rank, int[] own, int count, long bytes, TokenSink sink) {
        for (int done = 0; done == 0 || done < count; done += SENT) {
            int sent = Math.clamp((long) count - done, 0, SENT);
            boolean ours = rank == communicator.rank();
            int[] ids = ours ? Arrays.copyOfRange(own, done, done + sent) : new int[sent];
            if (rank != 0 && sent > 0) {
                bring(rank, ids);
            }
            if (communicator.leads()) {
                write(ids, bytes, sink);
            }
        }
    }

    private void bring(int rank, int... ids) {
        MemorySegment room = buffer;
        if (room == null || room.byteSize() < (long) ids.length * Integer.BYTES) {
            room = arena.allocate((long) ids.length * Integer.BYTES, Integer.BYTES);
            buffer = room;
        }
        MemorySegment.copy(ids, 0, room, ValueLayout.JAVA_INT, 0, ids.length);
        var bytes = new int[communicator.size()];
        bytes[rank] = ids.length * Integer.BYTES;
        MemorySegment own = communicator.leads() ? nothing : room;
        communicator.gatherAtLeader(own, room, bytes);
        if (communicator.leads()) {
            MemorySegment.copy(room, ValueLayout.JAVA_INT, 0, ids, 0, ids.length);
        }
    }

    /// The others hear of a failure when the next round begins, for now they send what they have.
    private void write(int[] ids, long bytes, TokenSink sink) {
        if (unwritten == null) {
            try {
                sink.accept(ids, ids.length, bytes);
            } catch (IOException | RuntimeException e) {
                unwritten = e;
            }
        }
    }

    private void requireWritten() throws IOException {
        switch (unwritten) {
            case IOException e -> throw e;
            case RuntimeException e -> throw e;
            case null, default -> {}
        }
    }

    @Override
    public void close() throws IOException {
        arena.close();
        if (pieces != null) {
            pieces.close();
        }
    }
}
