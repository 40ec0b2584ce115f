package io.tornadogpt.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.op.CustomOp;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Shape;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;
import io.tornadogpt.cpu.kernels.Binding;
import io.tornadogpt.cpu.kernels.CustomKernels;
import io.tornadogpt.cpu.kernels.Workers;

import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;

class CpuCustomOpTest {
    /// `out = -x`.
    private record Negate(Tensor x, Tensor out) implements CustomOp {
        @Override
        public List<Tensor> inputs() {
            return List.of(x);
        }

        @Override
        public List<Tensor> outputs() {
            return List.of(out);
        }

        @Override
        public Negate map(UnaryOperator<Tensor> f) {
            return new Negate(f.apply(x), f.apply(out));
        }
    }

    private static final class NegateKernel implements CpuKernel {
        @Override
        public Class<Negate> op() {
            return Negate.class;
        }

        @Override
        public Runnable bind(CustomOp op, Function<Tensor, MemorySegment> memory, Threads threads) {
            MemorySegment x = memory.apply(op.inputs().getFirst());
            MemorySegment out = memory.apply(op.outputs().getFirst());
            int count = (int) op.outputs().getFirst().elements();
            return () ->
                    threads.run(
                            count,
                            i ->
                                    out.setAtIndex(
                                            ValueLayout.JAVA_FLOAT,
                                            i,
                                            -x.getAtIndex(ValueLayout.JAVA_FLOAT, i)));
        }
    }

    private static final Tensor X = tensor("x");
    private static final Tensor OUT = tensor("out");

    private static Tensor tensor(String name) {
        return new TensorSpec(name, Shape.of(100), DType.F32, Role.CACHE).whole();
    }

    @Test
    void anOperationWithoutAKernelIsRefusedByItsName() {
        var op = new Negate(X, OUT);
        assertFalse(new CpuBackend().supports(op));
        Program program = Program.builder("p").once("s", ops -> ops.accept(op)).build();
        var thrown =
                assertThrows(
                        RuntimeException.class,
                        () -> new CpuBackend().open(List.of(program)).close());
        assertTrue(thrown.getMessage().contains("Negate"), thrown.getMessage());
    }

    @Test
    void aKernelFromOutsideSharesItsWork() {
        MemorySegment x = MemorySegment.ofArray(new float[100]);
        MemorySegment out = MemorySegment.ofArray(new float[100]);
        for (int i = 0; i < 100; i++) {
            x.setAtIndex(ValueLayout.JAVA_FLOAT, i, i);
        }
        Map<Tensor, MemorySegment> memory = Map.of(X, x, OUT, out);
        try (var workers = new Workers(3)) {
            var binding = new Binding(workers, 0, memory::get);
            CustomKernels.bind(new NegateKernel(), new Negate(X, OUT), binding).run();
        }
        for (int i = 0; i < 100; i++) {
            assertEquals(-i, out.getAtIndex(ValueLayout.JAVA_FLOAT, i), 0f);
        }
    }
}
