package io.tornadogpt.kernels;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.program.Step;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;

import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Tensors in TornadoVM's arrays, one stacked array a tensor.
final class KernelSession implements Session {
    private final KernelBackend.Lowering lowering;
    private final Map<String, Program> programs = new LinkedHashMap<>();
    private final Map<String, TornadoNativeArray> arrays = new LinkedHashMap<>();

    KernelSession(List<Program> programs, KernelBackend.Lowering lowering) {
        this.lowering = lowering;
        for (Program program : programs) {
            this.programs.put(program.name(), program);
            program.specs().forEach(this::allocate);
        }
    }

    private void allocate(TensorSpec spec) {
        int size = Math.toIntExact(spec.elements());
        arrays.computeIfAbsent(
                spec.name(),
                _ ->
                        switch (spec.dtype()) {
                            case F32 -> new FloatArray(size);
                            case I32 -> new IntArray(size);
                        });
    }

    FloatArray floats(Tensor tensor) {
        return (FloatArray) array(tensor.spec());
    }

    IntArray integers(Tensor tensor) {
        return (IntArray) array(tensor.spec());
    }

    private TornadoNativeArray array(TensorSpec spec) {
        TornadoNativeArray array = arrays.get(spec.name());
        if (array == null) {
            throw new IllegalArgumentException("this session has no tensor " + spec.name());
        }
        return array;
    }

    @Override
    public void run(String name) {
        for (Step step : programs.get(name).steps()) {
            Object[] used =
                    Stream.concat(step.op().inputs().stream(), step.op().outputs().stream())
                            .map(tensor -> (Object) array(tensor.spec()))
                            .distinct()
                            .toArray();
            lowering.launches(new Launches(this, step.layer()), step.op()).run(used);
        }
    }

    @Override
    public void write(TensorSpec tensor, int slice, MemorySegment values) {
        slice(tensor, slice).copyFrom(values);
    }

    @Override
    public void read(TensorSpec tensor, int slice, MemorySegment values) {
        values.copyFrom(slice(tensor, slice));
    }

    private MemorySegment slice(TensorSpec tensor, int slice) {
        return array(tensor).getSegment().asSlice(slice * tensor.sliceBytes(), tensor.sliceBytes());
    }

    @Override
    public long allocatedBytes() {
        return arrays.values().stream().mapToLong(a -> a.getSegment().byteSize()).sum();
    }

    @Override
    public void close() {
        arrays.clear();
    }
}
