package io.tornadogpt.trainer.run;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.WeightReader;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.TensorSpec;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;

/// A copy of a session's tensors, in memory of its own that is used again for the next one: what is
/// written to disk while the session is trained on.
final class Snapshot implements AutoCloseable {
    private static final int MAGNITUDE = 0x7fffffff;
    private static final int FLOAT_INFINITY = 0x7f800000;

    private final List<TensorSpec> tensors;
    private final Arena arena = Arena.ofShared();
    private final List<List<MemorySegment>> slices;

    /// Allocates what a copy of the tensors takes.
    Snapshot(List<TensorSpec> tensors) {
        this.tensors = List.copyOf(tensors);
        try {
            this.slices = tensors.stream().map(this::allocate).toList();
        } catch (RuntimeException | OutOfMemoryError e) {
            arena.close();
            throw e;
        }
    }

    private List<MemorySegment> allocate(TensorSpec spec) {
        return java.util.stream.Stream.generate(
                        () -> arena.allocate(spec.sliceBytes(), Double.BYTES))
                .limit(spec.slices())
                .toList();
    }

    /// Bytes that a copy of tensors takes.
    static long bytes(List<TensorSpec> tensors) {
        return tensors.stream().mapToLong(TensorSpec::bytes).sum();
    }

    /// Copies the tensors as they are now.
    void copy(Session session) {
        for (int i = 0; i < slices.size(); i++) {
            for (int slice = 0; slice < slices.get(i).size(); slice++) {
                session.read(tensors.get(i), slice, slices.get(i).get(slice));
            }
        }
    }

    /// The values that were copied.
    WeightReader values() {
        return (spec, slice) -> floats(spec, segment(spec, slice));
    }

    private MemorySegment segment(TensorSpec spec, int slice) {
        return slices.get(tensors.indexOf(spec)).get(slice);
    }

    private static float[] floats(TensorSpec spec, MemorySegment values) {
        return spec.dtype().decode(values);
    }

    /// The name of a tensor of F32, in the order in which they were given, that holds a NaN or an
    /// infinity.
    Optional<String> notFinite() {
        for (int i = 0; i < slices.size(); i++) {
            TensorSpec spec = tensors.get(i);
            for (int slice = 0; slice < slices.get(i).size(); slice++) {
                if (spec.dtype() == DType.F32 && !isFinite(slices.get(i).get(slice))) {
                    return Optional.of(spec.sliceName(slice));
                }
            }
        }
        return Optional.empty();
    }

    /// By the bits, which is a loop of integers that the compiler makes vectors of.
    private static boolean isFinite(MemorySegment floats) {
        int largest = 0;
        long count = floats.byteSize() / Float.BYTES;
        for (long i = 0; i < count; i++) {
            int bits = floats.getAtIndex(ValueLayout.JAVA_INT, i);
            largest = Math.max(largest, bits & MAGNITUDE);
        }
        return largest < FLOAT_INFINITY;
    }

    @Override
    public void close() {
        arena.close();
    }
}
