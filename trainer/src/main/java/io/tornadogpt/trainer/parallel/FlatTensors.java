package io.tornadogpt.trainer.parallel;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.tensor.TensorSpec;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// Tensors of a session as one row of floats, one behind the other: in place where the session lets
/// it, or else through a copy.
final class FlatTensors {
    private static final long FLOAT = Float.BYTES;

    private final Session session;
    private final List<Part> parts = new ArrayList<>();
    private long count;

    /// A slice of a tensor.
    ///
    /// @param place of its first element in the row
    private record Part(TensorSpec spec, int slice, long place) {
        long count() {
            return spec.shape().elements();
        }
    }

    /// Does something with a part of the row that lies in one piece.
    interface Use {
        /// @param memory of a slice
        /// @param from where in the slice, in bytes
        /// @param place of the first element in the row
        /// @param bytes how many
        void with(MemorySegment memory, long from, long place, long bytes);
    }

    FlatTensors(Session session) {
        this.session = session;
    }

    /// Adds slices of an F32 tensor behind those that are there.
    FlatTensors add(TensorSpec spec, int from, int slices) {
        for (int slice = from; slice < from + slices; slice++) {
            var part = new Part(spec, slice, count);
            parts.add(part);
            count += part.count();
        }
        return this;
    }

    /// Floats of the row.
    long count() {
        return count;
    }

    /// Whether all of it can be reached in place.
    boolean inPlace() {
        return parts.stream().allMatch(p -> session.view(p.spec, p.slice).isPresent());
    }

    /// Copies a part of the row out of the session; all of it where it is not in place.
    ///
    /// @param to written
    /// @param offset in bytes
    void read(long place, long floats, MemorySegment to, long offset) {
        inPlace(
                place,
                floats,
                (memory, from, at, bytes) ->
                        MemorySegment.copy(memory, from, to, offset + (at - place) * FLOAT, bytes));
    }

    /// Copies a part of the row into the session.
    ///
    /// @param offset in bytes
    void write(long place, long floats, MemorySegment values, long offset) {
        inPlace(
                place,
                floats,
                (memory, from, at, bytes) ->
                        MemorySegment.copy(
                                values, offset + (at - place) * FLOAT, memory, from, bytes));
    }

    /// Hands over the memory of a part of the row, piece by piece.
    void inPlace(long place, long floats, Use use) {
        long end = place + floats;
        for (int i = first(place); i < parts.size() && parts.get(i).place < end; i++) {
            Part part = parts.get(i);
            long from = Math.max(place, part.place);
            long to = Math.min(end, part.place + part.count());
            if (from < to) {
                MemorySegment memory = session.view(part.spec, part.slice).orElseThrow();
                use.with(memory, (from - part.place) * FLOAT, from, (to - from) * FLOAT);
            }
        }
    }

    /// Copies the whole row, also where it is not in place.
    void readAll(MemorySegment row) {
        for (Part part : parts) {
            session.read(part.spec, part.slice, slice(row, part));
        }
    }

    /// Writes the whole row, also where it is not in place.
    void writeAll(MemorySegment row) {
        for (Part part : parts) {
            session.write(part.spec, part.slice, slice(row, part));
        }
    }

    private static MemorySegment slice(MemorySegment row, Part part) {
        return row.asSlice(part.place * FLOAT, part.count() * FLOAT);
    }

    /// Number of the part that a place is in.
    private int first(long place) {
        int low = 0;
        int high = parts.size() - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (parts.get(middle).place <= place) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }
}
