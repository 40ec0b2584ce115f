package io.tornadogpt.cpu;

import com.sun.management.ThreadMXBean;

import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.GptConfig;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.op.AdamW;
import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.program.KeepEverything;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.program.Segment;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;

import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Counts the bytes of heap that each operation of a training step allocates once it is compiled. A
/// loop over vectors that the compiler did not make vector instructions of allocates an object for
/// each vector, several bytes an element; one that it did allocates nothing, and an operation as a
/// whole next to nothing.
///
/// A program of its own, so that the virtual machine can be started as `./gpt` starts it; it must
/// wait for its compiler (`-Xbatch`), so that runs are counted and not time. Prints the operations
/// that allocate, and `counted N` last.
final class AllocationProbe {
    /// Attention allocates 4 bytes an element for its scores; a vector on the heap takes 18 at
    /// least.
    private static final double MOST_BYTES_PER_ELEMENT = 8;

    private static final int IN_A_ROW = 20;

    private AllocationProbe() {}

    /// @param args after how many runs an operation is compiled, and the names of operations; all
    ///   where none are named
    public static void main(String[] args) {
        int mostRuns = Integer.parseInt(args[0]);
        List<String> names = List.of(args).subList(1, args.length);
        var model = new Model(new GptConfig(2, 4, 64, 64, 300, true, 0.1).model());
        var adamW = new AdamW.Settings(0.9, 0.99, 1e-8, 0.1);
        Map<String, Op> ops = new LinkedHashMap<>();
        for (Program program :
                List.of(model.accumulate(4, 64).program(), model.update(adamW, 1.0).program())) {
            Program kept = new KeepEverything().apply(program);
            for (Segment segment : kept.segments()) {
                segment.ops().forEach(op -> ops.putIfAbsent(key(op), op));
            }
        }
        ops.values().removeIf(op -> !names.isEmpty() && !names.contains(op.name()));
        ops.forEach((name, op) -> check(name, op, mostRuns));
        System.out.println("counted " + ops.size());
    }

    private static String key(Op op) {
        return op.name() + op.outputs().stream().map(Tensor::shape).toList();
    }

    private static void check(String name, Op op, int mostRuns) {
        Program program = Program.builder("op").once("op", body -> body.accept(op)).build();
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long elements =
                Stream.concat(op.inputs().stream(), op.outputs().stream())
                        .mapToLong(Tensor::elements)
                        .max()
                        .orElse(1);
        if (elements < 1000) {
            return; // what an operation allocates whatever its size would count
        }
        try (Session session = new CpuBackend().open(List.of(program), new ExecutionOptions(1))) {
            fill(session, program);
            double last = 0;
            int row = 0;
            for (int run = 0; run < mostRuns && row < IN_A_ROW; run++) {
                long before = threads.getTotalThreadAllocatedBytes();
                session.run("op");
                last = (threads.getTotalThreadAllocatedBytes() - before) / (double) elements;
                row = last < MOST_BYTES_PER_ELEMENT ? row + 1 : 0;
            }
            if (row < IN_A_ROW) {
                System.out.printf("%s allocates %.1f bytes an element%n", name, last);
            }
        }
    }

    private static void fill(Session session, Program program) {
        for (TensorSpec spec : program.specs()) {
            if (spec.dtype() != DType.F32) {
                continue;
            }
            float[] values = new float[Math.toIntExact(spec.shape().elements())];
            for (int i = 0; i < values.length; i++) {
                values[i] = (i * 7919 % 1000 - 500) / 1000f;
            }
            for (int slice = 0; slice < spec.slices(); slice++) {
                session.writeFloats(spec, slice, values);
            }
        }
    }
}
