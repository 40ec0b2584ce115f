package io.tornadogpt.kernels;

import io.tornadogpt.core.op.Softmax;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// Softmax over the last dimension and its gradient. One group a row.
public final class SoftmaxKernels {
    private SoftmaxKernels() {}

    /// How [Softmax] is launched.
    public static OpKernels of(Softmax o) {
        return OpKernels.of(
                "softmax",
                grid(o.x().rows(), o.x().columns()),
                (t, g, name) ->
                        g.task(
                                name,
                                SoftmaxKernels::softmax,
                                new KernelContext(),
                                t.layer(),
                                t.floats(o.x()),
                                t.place(o.x()),
                                t.floats(o.out()),
                                t.place(o.out()),
                                o.x().columns()));
    }

    /// How [Softmax.Backward] is launched.
    public static OpKernels of(Softmax.Backward o) {
        return OpKernels.of(
                "softmaxBackward",
                grid(o.out().rows(), o.out().columns()),
                (t, g, name) ->
                        g.task(
                                name,
                                SoftmaxKernels::softmaxBackward,
                                new KernelContext(),
                                t.layer(),
                                t.floats(o.out()),
                                t.place(o.out()),
                                t.floats(o.dOut()),
                                t.place(o.dOut()),
                                t.floats(o.dX()),
                                t.place(o.dX()),
                                o.out().columns()));
    }

    /// The launch of both kernels: one group a row.
    public static WorkerGrid grid(int rows, int columns) {
        return RowGroups.grid(rows, columns);
    }

    /// `out = softmax(x)`, rows of `columns` elements, the row's maximum subtracted first. About 5
    /// FLOPs and 16 bytes an element. 2 KiB of local memory.
    public static void softmax(
            KernelContext context,
            IntArray layer,
            FloatArray x,
            long xPlace,
            FloatArray out,
            long outPlace,
            int columns) {
        int xRow = Place.start(xPlace, layer) + context.groupIdx * columns;
        int outRow = Place.start(outPlace, layer) + context.groupIdx * columns;
        float largest = RowGroups.LOWEST;
        for (int c = context.localIdx; c < columns; c += context.localGroupSizeX) {
            largest = TornadoMath.max(largest, x.get(xRow + c));
        }
        largest = RowGroups.max(context, largest);
        float sum = 0f;
        for (int c = context.localIdx; c < columns; c += context.localGroupSizeX) {
            sum += TornadoMath.exp(x.get(xRow + c) - largest);
        }
        float factor = 1f / RowGroups.sum(context, sum);
        for (int c = context.localIdx; c < columns; c += context.localGroupSizeX) {
            out.set(outRow + c, TornadoMath.exp(x.get(xRow + c) - largest) * factor);
        }
    }

    /// `dX = out * (dOut - sum(dOut * out))`, the sum over a row of `columns` elements. 4 FLOPs and
    /// 20 bytes an element. 1 KiB of local memory.
    public static void softmaxBackward(
            KernelContext context,
            IntArray layer,
            FloatArray out,
            long outPlace,
            FloatArray dOut,
            long dOutPlace,
            FloatArray dX,
            long dXPlace,
            int columns) {
        int outRow = Place.start(outPlace, layer) + context.groupIdx * columns;
        int dOutRow = Place.start(dOutPlace, layer) + context.groupIdx * columns;
        int dXRow = Place.start(dXPlace, layer) + context.groupIdx * columns;
        float sum = 0f;
        for (int c = context.localIdx; c < columns; c += context.localGroupSizeX) {
            sum += dOut.get(dOutRow + c) * out.get(outRow + c);
        }
        sum = RowGroups.sum(context, sum);
        for (int c = context.localIdx; c < columns; c += context.localGroupSizeX) {
            dX.set(dXRow + c, out.get(outRow + c) * (dOut.get(dOutRow + c) - sum));
        }
    }
}
