package io.tornadogpt.kernels.examples;

import io.tornadogpt.core.tensor.Slice;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.testing.OpCase;
import io.tornadogpt.core.testing.OpCases;
import io.tornadogpt.kernels.DeviceTensors;
import io.tornadogpt.kernels.Launch;
import io.tornadogpt.kernels.OpKernels;
import io.tornadogpt.kernels.Place;
import io.tornadogpt.kernels.backend.Lowering;

import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.exceptions.TornadoExecutionPlanException;
import uk.ac.manchester.tornado.api.types.arrays.ByteArray;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Prints what TornadoVM makes of kernels: OpenCL C, CUDA C or what else the SDK's backend speaks.
/// The package says how it is started; it needs an SDK. Without a device,
/// `-Dtornado.virtual.device=True` and `-Dtornado.device.desc=FILE` of a file in the SDK's examples
/// make TornadoVM print the code it would have compiled.
///
/// ```
/// ... KernelSource "MatMul m=65 n=65" "Softmax rows=5" "LayerNorm*"
/// ```
public final class KernelSource {
    private KernelSource() {}

    /// @param arguments op cases, by what their names start with; the last that does is taken, or
    ///   all that do where a `*` follows
    public static void main(String[] arguments) throws TornadoExecutionPlanException {
        System.setProperty("tornado.printKernel", "True");
        List<String> names = arguments.length > 0 ? List.of(arguments) : List.of("Softmax rows=5");
        for (String name : names) {
            for (OpCase opCase : chosen(name)) {
                print(opCase);
            }
        }
        System.out.println(
                "Next: the kernels themselves, beside their gradients, in"
                        + " tornado-kernels/src/main/java/io/tornadogpt/kernels; their case in"
                        + " the list is checked by OpCasesTest.");
    }

    private static List<OpCase> chosen(String name) {
        boolean all = name.endsWith("*");
        String start = all ? name.substring(0, name.length() - 1) : name;
        List<OpCase> cases =
                OpCases.all().stream().filter(c -> c.toString().startsWith(start)).toList();
        if (cases.isEmpty()) {
            throw new IllegalArgumentException(
                    "no op case starts with '%s'; the first is '%s'"
                            .formatted(start, OpCases.all().getFirst()));
        }
        return all ? cases : List.of(cases.getLast());
    }

    private static void print(OpCase opCase) throws TornadoExecutionPlanException {
        System.out.println("// " + opCase);
        var graph = new TaskGraph("source");
        var grids = new GridScheduler();
        Set<String> names = new HashSet<>();
        OpKernels kernels = Lowering.of(opCase.op());
        for (Launch launch : kernels.launches(new Arrays(kernels))) {
            // The norm of several gradients runs one kernel several times.
            String name = launch.kernel();
            for (int i = 2; !names.add(name); i++) {
                name = launch.kernel() + i;
            }
            launch.adding().accept(graph, name);
            if (launch.grid() != null) {
                grids.addWorkerGrid("source." + name, launch.grid());
            }
        }
        try (var plan = new TornadoExecutionPlan(graph.snapshot())) {
            if (!grids.keySet().isEmpty()) {
                plan.withGridScheduler(grids);
            }
            plan.withPreCompilation();
        }
    }

    /// An array of its own for each tensor.
    private static final class Arrays implements DeviceTensors {
        private final Map<String, TornadoNativeArray> arrays = new HashMap<>();
        private final IntArray layer = IntArray.fromElements(0);
        private final IntArray zero = IntArray.fromElements(0);
        private final FloatArray floatScratch;
        private final IntArray integerScratch;

        Arrays(OpKernels kernels) {
            floatScratch = new FloatArray(Math.max(1, kernels.floatScratch()));
            integerScratch = new IntArray(Math.max(1, kernels.integerScratch()));
        }

        private TornadoNativeArray array(Tensor tensor) {
            int size = Math.toIntExact(tensor.spec().elements());
            return arrays.computeIfAbsent(
                    tensor.spec().name(),
                    _ ->
                            switch (tensor.dtype()) {
                                case F32 -> new FloatArray(size);
                                case I32 -> new IntArray(size);
                                case BF16, Q8_0, Q4_0 ->
                                        new ByteArray(Math.toIntExact(tensor.spec().bytes()));
                            });
        }

        @Override
        public FloatArray floats(Tensor tensor) {
            return (FloatArray) array(tensor);
        }

        @Override
        public IntArray integers(Tensor tensor) {
            return (IntArray) array(tensor);
        }

        @Override
        public ByteArray bytes(Tensor tensor) {
            return (ByteArray) array(tensor);
        }

        @Override
        public long place(Tensor tensor) {
            int size = Math.toIntExact(tensor.spec().shape().elements());
            boolean moves = tensor.slice() instanceof Slice.Layer;
            return Place.of(tensor.sliceAt(0) * size, moves ? size : 0);
        }

        @Override
        public IntArray layer() {
            return layer;
        }

        @Override
        public IntArray zero() {
            return zero;
        }

        @Override
        public FloatArray floatScratch() {
            return floatScratch;
        }

        @Override
        public IntArray integerScratch() {
            return integerScratch;
        }
    }
}
