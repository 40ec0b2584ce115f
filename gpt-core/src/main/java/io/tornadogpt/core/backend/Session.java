package io.tornadogpt.core.backend;

import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.TensorSpec;

import java.lang.foreign.MemorySegment;
import java.util.Optional;

/// Programs made ready on a device, and the tensors they share. Write inputs, run by name, read
/// outputs.
///
/// Used by one thread at a time, which may be another one each time. A session that two threads use
/// at once refuses the second by name, with an [IllegalStateException].
public interface Session extends AutoCloseable {
    /// Runs a program to its end.
    ///
    /// @throws IllegalArgumentException if the session has no program of that name, or an input
    ///   holds a value that an operation cannot use, such as a token id beyond the vocabulary
    void run(String program);

    /// Writes one slice of a resident tensor.
    ///
    /// @param slice layer of a stacked tensor, 0 for one that is not stacked
    /// @param values as many bytes as the slice has, in native byte order
    void write(TensorSpec tensor, int slice, MemorySegment values);

    /// Gives one slice of a resident tensor values that stay as they are, such as those in a mapped
    /// file: as [#write] does, or without a copy, where the session can read them in place.
    ///
    /// @param values as many bytes as the slice has, in native byte order; if the result is true,
    ///   they stay there unchanged until the session releases them
    /// @param release run once, however many slices it came with, when the session is closed, if
    ///   the result of any of them is true
    /// @return whether the session reads the values in place
    default boolean lend(TensorSpec tensor, int slice, MemorySegment values, Runnable release) {
        write(tensor, slice, values);
        return false;
    }

    /// Whether a program of the session names a tensor, so that it may be written and read; true
    /// where a session cannot tell.
    default boolean holds(TensorSpec tensor) {
        return true;
    }

    /// Reads one slice of a resident tensor.
    ///
    /// @param slice layer of a stacked tensor, 0 for one that is not stacked
    /// @param values written: as many bytes as the slice has, in native byte order
    void read(TensorSpec tensor, int slice, MemorySegment values);

    /// The memory of one slice of a resident tensor, to read and write in place, where the session
    /// keeps it where the host can reach it: `float` for F32. Valid until the session is closed;
    /// not while a program runs.
    ///
    /// @return empty where it must be copied with [#read] and [#write]
    default Optional<MemorySegment> view(TensorSpec tensor, int slice) {
        return Optional.empty();
    }

    /// Bytes that the session holds for tensors: what [Backend#plan] said, less the parameters if
    /// it was lent all of them.
    long allocatedBytes();

    /// Where the time went since the session was opened or asked last.
    ///
    /// @return empty where the backend keeps no profile, or was not asked to
    ///   ([ExecutionOptions#profile])
    default Optional<Profile> profile() {
        return Optional.empty();
    }

    /// Gives the memory back.
    @Override
    void close();

    /// Writes all of an F32 tensor that is not stacked.
    ///
    /// @throws IllegalArgumentException for a tensor of another type
    default void write(TensorSpec tensor, float... values) {
        requireType(tensor, DType.F32);
        write(tensor, 0, MemorySegment.ofArray(values));
    }

    /// Writes all of an I32 tensor that is not stacked.
    ///
    /// @throws IllegalArgumentException for a tensor of another type: `write(loss, 1)` would
    ///   otherwise write the bits of an integer, and `write(loss, 1f)` was meant
    default void write(TensorSpec tensor, int... values) {
        requireType(tensor, DType.I32);
        write(tensor, 0, MemorySegment.ofArray(values));
    }

    /// Writes one slice of an F32 tensor, or of one of BF16 or a quantized type, for which the
    /// values are rounded ([DType#encode]).
    default void writeFloats(TensorSpec tensor, int slice, float... values) {
        requireFloats(tensor);
        write(tensor, slice, tensor.dtype().encode(values));
    }

    /// Reads one slice of a tensor of floats, of whatever type,.
    default float[] readFloats(TensorSpec tensor, int slice) {
        requireFloats(tensor);
        if (tensor.dtype() == DType.F32) {
            var values = new float[Math.toIntExact(tensor.shape().elements())];
            read(tensor, slice, MemorySegment.ofArray(values));
            return values;
        }
        var stored = MemorySegment.ofArray(new byte[Math.toIntExact(tensor.sliceBytes())]);
        read(tensor, slice, stored);
        return tensor.dtype().decode(stored);
    }

    /// Reads one slice of a tensor of floats, of whatever type, with all the digits that the device
    /// computes it with: those of [#readFloats], or more on the reference device.
    default double[] readDoubles(TensorSpec tensor, int slice) {
        float[] floats = readFloats(tensor, slice);
        double[] values = new double[floats.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = floats[i];
        }
        return values;
    }

    /// Reads all of a tensor of floats, of whatever type, that is not stacked.
    default float[] readFloats(TensorSpec tensor) {
        return readFloats(tensor, 0);
    }

    private static void requireFloats(TensorSpec tensor) {
        if (tensor.dtype() == DType.I32) {
            requireType(tensor, DType.F32);
        }
    }

    private static void requireType(TensorSpec tensor, DType type) {
        if (tensor.dtype() != type) {
            throw new IllegalArgumentException(
                    "%s holds %s, not %s; use values of its type"
                            .formatted(tensor.name(), tensor.dtype(), type));
        }
    }
}
