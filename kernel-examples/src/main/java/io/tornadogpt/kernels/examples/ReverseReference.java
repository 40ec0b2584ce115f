package io.tornadogpt.kernels.examples;

import io.tornadogpt.core.backend.ReferenceKernel;
import io.tornadogpt.core.op.CustomOp;
import io.tornadogpt.core.tensor.Tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.Function;

/// [Reverse] in the clearest form, which kernels are compared with.
public final class ReverseReference implements ReferenceKernel {
    @Override
    public Class<Reverse> op() {
        return Reverse.class;
    }

    @Override
    public void run(CustomOp op, Function<Tensor, MemorySegment> memory) {
        var reverse = (Reverse) op;
        MemorySegment x = memory.apply(reverse.x());
        MemorySegment out = memory.apply(reverse.out());
        int columns = reverse.x().columns();
        for (int row = 0; row < reverse.x().rows(); row++) {
            for (int c = 0; c < columns; c++) {
                double value =
                        x.getAtIndex(ValueLayout.JAVA_DOUBLE, row * columns + columns - 1 - c);
                out.setAtIndex(ValueLayout.JAVA_DOUBLE, row * columns + c, value);
            }
        }
    }
}
