package io.tornadogpt.kernels.backend;

import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Slice;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.kernels.DeviceTensors;
import io.tornadogpt.kernels.Place;
import io.tornadogpt.kernels.backend.DeviceLayout.DeviceArray;
import io.tornadogpt.kernels.backend.DeviceLayout.Home;

import uk.ac.manchester.tornado.api.types.arrays.ByteArray;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// The arrays of a layout. Each has a place in the host's memory, which TornadoVM copies to the
/// device and back when it is told to.
final class DeviceArrays {
    private final DeviceLayout layout;
    private final List<TornadoNativeArray> arrays = new ArrayList<>();

    DeviceArrays(DeviceLayout layout) {
        this.layout = layout;
        for (DeviceArray array : layout.arrays()) {
            arrays.add(
                    switch (array.type()) {
                        case F32 -> new FloatArray(Math.toIntExact(array.elements()));
                        case I32 -> new IntArray(Math.toIntExact(array.elements()));
                        case BF16, Q8_0, Q4_0 -> new ByteArray(Math.toIntExact(array.bytes()));
                    });
        }
    }

    TornadoNativeArray get(int array) {
        return arrays.get(array);
    }

    FloatArray floats(int array) {
        return (FloatArray) arrays.get(array);
    }

    IntArray integers(int array) {
        return (IntArray) arrays.get(array);
    }

    ByteArray bytes(int array) {
        return (ByteArray) arrays.get(array);
    }

    /// A part of an array as the host sees it.
    ///
    /// @param first as [DeviceLayout.Home#start] counts
    MemorySegment host(int array, long first, long bytes) {
        TornadoNativeArray all = arrays.get(array);
        return all.getSegment().asSlice(first * all.getElementSize(), bytes);
    }

    /// The numbers of the arrays of a class that all graphs share.
    List<Integer> resident(Class<? extends TornadoNativeArray> kind) {
        return IntStream.range(0, arrays.size())
                .filter(i -> layout.arrays().get(i).resident())
                .filter(i -> kind.isInstance(arrays.get(i)))
                .boxed()
                .toList();
    }

    /// All arrays that all graphs share.
    Object[] resident() {
        return IntStream.range(0, arrays.size())
                .filter(i -> layout.arrays().get(i).resident())
                .mapToObj(arrays::get)
                .toArray();
    }

    long allocatedBytes() {
        return arrays.stream().mapToLong(a -> a.getSegment().byteSize()).sum();
    }

    /// Where the tensors of a program lie.
    DeviceTensors of(Program program) {
        return new DeviceTensors() {
            @Override
            public FloatArray floats(Tensor tensor) {
                return DeviceArrays.this.floats(home(tensor).array());
            }

            @Override
            public ByteArray bytes(Tensor tensor) {
                return DeviceArrays.this.bytes(home(tensor).array());
            }

            @Override
            public IntArray integers(Tensor tensor) {
                return DeviceArrays.this.integers(home(tensor).array());
            }

            @Override
            public long place(Tensor tensor) {
                Home home = home(tensor);
                int size = Math.toIntExact(DeviceLayout.sliceUnits(tensor.spec()));
                long first = home.start(tensor.spec(), tensor.sliceAt(0));
                boolean moves = tensor.slice() instanceof Slice.Layer && !home.collapsed();
                return Place.of(Math.toIntExact(first), moves ? size : 0);
            }

            @Override
            public IntArray layer() {
                return DeviceArrays.this.integers(layout.layer());
            }

            @Override
            public IntArray zero() {
                return DeviceArrays.this.integers(layout.inbox(DType.I32));
            }

            @Override
            public FloatArray floatScratch() {
                return DeviceArrays.this.floats(layout.scratch(DType.F32));
            }

            @Override
            public IntArray integerScratch() {
                return DeviceArrays.this.integers(layout.scratch(DType.I32));
            }

            private Home home(Tensor tensor) {
                return layout.home(program, tensor.spec());
            }
        };
    }
}
