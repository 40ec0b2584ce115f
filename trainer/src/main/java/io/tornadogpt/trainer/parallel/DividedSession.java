package io.tornadogpt.trainer.parallel;

import io.tornadogpt.core.backend.Profile;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.DividedUpdate;
import io.tornadogpt.core.model.Trainable;
import io.tornadogpt.core.tensor.TensorSpec;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A session of one of several processes that divide the optimizer, which is written to as if it
/// held all of it: what lies in other processes' parts is left out. Reading optimizer state brings
/// it together at rank 0, so all processes do it at the same time.
///
/// Used by one thread at a time.
final class DividedSession implements Session {
    /// Bytes of optimizer state that are brought together at once.
    private static final long PIECE = 256L << 20;

    private static final long FLOAT = Float.BYTES;

    private final Session session;
    private final Communicator communicator;
    private final Division division;
    private final DividedUpdate update;
    private final Map<TensorSpec, Owned> owned = new HashMap<>();

    /// What a tensor is to the optimizer.
    ///
    /// @param place of the trained layers' first element, counted through all trained weights
    /// @param first slice that is trained
    /// @param slices how many are
    /// @param moment 0 or 1; -1 for the weight itself
    private record Owned(long place, int first, int slices, int moment) {
        TensorSpec part(DividedUpdate.Piece piece) {
            return moment < 0 ? piece.weight() : piece.moments().get(moment);
        }
    }

    DividedSession(
            Session session,
            Communicator communicator,
            Division division,
            Trainable trainable,
            DividedUpdate update) {
        this.session = session;
        this.communicator = communicator;
        this.division = division;
        this.update = update;
        long place = 0;
        for (Trainable.Trained trained : trainable.parameters()) {
            TensorSpec weight = trained.parameter().spec();
            List<TensorSpec> moments = trained.moments();
            int slices = moments.getFirst().slices();
            owned.put(weight, new Owned(place, trained.first() - weight.first(), slices, -1));
            owned.put(moments.get(0), new Owned(place, 0, slices, 0));
            owned.put(moments.get(1), new Owned(place, 0, slices, 1));
            place += trained.elements();
        }
    }

    private boolean isMoment(TensorSpec tensor) {
        Owned known = owned.get(tensor);
        return known != null && known.moment >= 0;
    }

    @Override
    public void run(String program) {
        session.run(program);
    }

    @Override
    public void write(TensorSpec tensor, int slice, MemorySegment values) {
        if (!isMoment(tensor)) {
            session.write(tensor, slice, values);
        }
        Owned known = owned.get(tensor);
        if (known == null || slice < known.first || slice >= known.first + known.slices) {
            return;
        }
        long elements = tensor.shape().elements();
        long from = known.place + (slice - known.first) * elements;
        for (DividedUpdate.Piece piece : update.pieces()) {
            long low = Math.max(from, piece.place());
            long high = Math.min(from + elements, piece.place() + piece.count());
            if (low < high) {
                MemorySegment part = values.asSlice((low - from) * FLOAT, (high - low) * FLOAT);
                write(known.part(piece), (low - piece.place()) * FLOAT, part);
            }
        }
    }

    /// Writes a part of a tensor.
    private void write(TensorSpec tensor, long offset, MemorySegment part) {
        Optional<MemorySegment> inPlace = session.view(tensor, 0);
        if (inPlace.isPresent()) {
            MemorySegment.copy(part, 0, inPlace.get(), offset, part.byteSize());
            return;
        }
        MemorySegment whole = MemorySegment.ofArray(session.readFloats(tensor));
        MemorySegment.copy(part, 0, whole, offset, part.byteSize());
        session.write(tensor, 0, whole);
    }

    /// What is trained is written by hand, so it cannot stay in a file.
    @Override
    public boolean lend(TensorSpec tensor, int slice, MemorySegment values, Runnable release) {
        if (owned.containsKey(tensor)) {
            write(tensor, slice, values);
            return false;
        }
        return session.lend(tensor, slice, values, release);
    }

    @Override
    public boolean holds(TensorSpec tensor) {
        return isMoment(tensor) || session.holds(tensor);
    }

    /// Reads a tensor.
    ///
    /// @param values written; of optimizer state, at rank 0 alone, where it lies outside of the
    ///   heap
    @Override
    public void read(TensorSpec tensor, int slice, MemorySegment values) {
        Owned known = owned.get(tensor);
        if (known == null || known.moment < 0) {
            session.read(tensor, slice, values);
            return;
        }
        long elements = tensor.shape().elements();
        long from = known.place + slice * elements;
        long most = Math.min(elements, PIECE / FLOAT);
        try (Arena arena = Arena.ofShared()) {
            MemorySegment own = arena.allocate(most * FLOAT, Double.BYTES);
            for (long done = 0; done < elements; done += most) {
                long count = Math.min(most, elements - done);
                gather(known, from + done, count, own, values, done * FLOAT);
            }
        }
    }

    private void gather(
            Owned known, long from, long count, MemorySegment own, MemorySegment all, long offset) {
        var bytes = new int[communicator.size()];
        for (int rank = 0; rank < bytes.length; rank++) {
            long low = Math.max(from, division.from(rank));
            long high = Math.min(from + count, division.to(rank));
            bytes[rank] = (int) (Math.max(0, high - low) * FLOAT);
        }
        long filled = 0;
        for (DividedUpdate.Piece piece : update.pieces()) {
            long low = Math.max(from, piece.place());
            long high = Math.min(from + count, piece.place() + piece.count());
            if (low < high) {
                MemorySegment part = part(known.part(piece));
                long partBytes = (high - low) * FLOAT;
                MemorySegment.copy(part, (low - piece.place()) * FLOAT, own, filled, partBytes);
                filled += partBytes;
            }
        }
        MemorySegment to = communicator.leads() ? all.asSlice(offset, count * FLOAT) : all;
        communicator.gatherAtLeader(own, to, bytes);
    }

    private MemorySegment part(TensorSpec tensor) {
        return session.view(tensor, 0)
                .orElseGet(() -> MemorySegment.ofArray(session.readFloats(tensor)));
    }

    @Override
    public Optional<MemorySegment> view(TensorSpec tensor, int slice) {
        // A weight that is written in place would differ from its copy.
        return owned.containsKey(tensor) ? Optional.empty() : session.view(tensor, slice);
    }

    @Override
    public long allocatedBytes() {
        return session.allocatedBytes();
    }

    @Override
    public Optional<Profile> profile() {
        return session.profile();
    }

    @Override
    public void close() {
        session.close();
    }
}
