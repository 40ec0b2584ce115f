package io.tornadogpt.core.model;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.files.FloatSource;
import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.files.SafetensorsWriter;
import io.tornadogpt.core.files.StorageType;
import io.tornadogpt.core.files.StoredTensor;
import io.tornadogpt.core.files.TensorSource;
import io.tornadogpt.core.tensor.TensorSpec;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.List;
import java.util.function.UnaryOperator;

/// Moves a session's F32 tensors to and from safetensors files, one stored tensor a layer.
public final class SessionTensors {
    private SessionTensors() {}

    /// Adds every slice of the tensors to a file that is about to be written.
    public static void add(
            SafetensorsWriter writer, WeightReader weights, Collection<TensorSpec> tensors) {
        for (TensorSpec spec : tensors) {
            for (int slice = 0; slice < spec.slices(); slice++) {
                writer.tensor(
                        spec.sliceName(slice),
                        StorageType.F32,
                        shape(spec),
                        elements(weights, spec, slice));
            }
        }
    }

    /// Reads every slice of the tensors from an open file, once all of them are known to be there
    /// in the right shape.
    ///
    /// @param storedName from the name of a slice to its name in the file
    public static void read(
            TensorSource source,
            Session session,
            Collection<TensorSpec> tensors,
            UnaryOperator<String> storedName)
            throws ModelFileException {
        for (TensorSpec spec : tensors) {
            for (int slice = 0; slice < spec.slices(); slice++) {
                check(source, spec, source.tensor(storedName.apply(spec.sliceName(slice))));
            }
        }
        for (TensorSpec spec : tensors) {
            float[] values = new float[Math.toIntExact(spec.shape().elements())];
            for (int slice = 0; slice < spec.slices(); slice++) {
                MemorySegment segment = MemorySegment.ofArray(values);
                source.readFloats(storedName.apply(spec.sliceName(slice)), segment);
                session.write(spec, slice, segment);
            }
        }
    }

    private static void check(TensorSource source, TensorSpec spec, StoredTensor stored)
            throws ModelFileException {
        if (!stored.shape().equals(shape(spec)) || !stored.type().isFloat()) {
            throw new ModelFileException(
                    source.path(),
                    "tensor '" + stored.name() + "'",
                    "is %s %s, but the configuration makes it %s"
                            .formatted(stored.type(), stored.shape(), spec.shape()),
                    "use weights and configuration of one model");
        }
    }

    private static List<Long> shape(TensorSpec spec) {
        return spec.shape().dimensions().stream().map(Integer::longValue).toList();
    }

    /// A slice as it is when its first element is asked for.
    static FloatSource elements(WeightReader weights, TensorSpec spec, int slice) {
        return new FloatSource() {
            private float[] values = {};

            @Override
            public void read(long from, float[] block, int count) throws IOException {
                if (from == 0) {
                    values = weights.read(spec, slice);
                }
                System.arraycopy(values, Math.toIntExact(from), block, 0, count);
                if (from + count == values.length) {
                    values = new float[0];
                }
            }
        };
    }
}
