package io.tornadogpt.kernels;

import io.tornadogpt.core.op.GradientNorm;
import io.tornadogpt.core.tensor.Tensor;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.WorkerGrid1D;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// The Euclidean norm of all gradients together, in two stages: [#sumSquares] once for every array
/// of gradients, each into parts of its own of a scratch array, then [#rootOfSum] once.
public final class GradientNormKernels {
    /// Elements of a gradient that one group squares, unless there are more than 256 groups of
    /// them.
    private static final int GROUP_ELEMENTS = 4096;

    private static final int MOST_PARTS = 256;

    private GradientNormKernels() {}

    /// How [GradientNorm] is launched.
    public static OpKernels of(GradientNorm o) {
        var kernels = OpKernels.none();
        int next = 0;
        for (Tensor gradient : o.gradients()) {
            int first = next;
            int n = Math.toIntExact(gradient.elements());
            kernels =
                    kernels.then(
                            "sumSquares",
                            sumSquaresGrid(n),
                            (t, g, name) ->
                                    g.task(
                                            name,
                                            GradientNormKernels::sumSquares,
                                            new KernelContext(),
                                            t.layer(),
                                            t.floats(gradient),
                                            t.place(gradient),
                                            t.floatScratch(),
                                            first,
                                            n));
            next += parts(n);
        }
        int count = next;
        return kernels.then(
                        "rootOfSum",
                        rootOfSumGrid(count),
                        (t, g, name) ->
                                g.task(
                                        name,
                                        GradientNormKernels::rootOfSum,
                                        new KernelContext(),
                                        t.layer(),
                                        t.floatScratch(),
                                        t.floats(o.norm()),
                                        t.place(o.norm()),
                                        count))
                .withFloatScratch(count);
    }

    /// The elements of the scratch array that a gradient of n elements takes.
    public static int parts(int n) {
        return Math.min(MOST_PARTS, (n - 1) / GROUP_ELEMENTS + 1);
    }

    /// The launch of [#sumSquares]: one group a part.
    public static WorkerGrid sumSquaresGrid(int n) {
        WorkerGrid grid = new WorkerGrid1D(parts(n) * RowGroups.LARGEST);
        grid.setLocalWork(RowGroups.LARGEST, 1, 1);
        return grid;
    }

    /// `partial[first + g] = ` the sum of the squares of what group g reads: every work-item of the
    /// launch takes elements as far apart as there are work-items. 1 KiB of local memory. 2 FLOPs
    /// and 4 bytes an element.
    ///
    /// @param gradient n elements
    /// @param partial scratch; [#parts] elements from `first` on are written
    public static void sumSquares(
            KernelContext context,
            IntArray layer,
            FloatArray gradient,
            long gradientPlace,
            FloatArray partial,
            int first,
            int n) {
        int start = Place.start(gradientPlace, layer);
        float sum = 0f;
        for (int i = context.globalIdx; i < n; i += context.globalGroupSizeX) {
            float value = gradient.get(start + i);
            sum += value * value;
        }
        sum = RowGroups.sum(context, sum);
        if (context.localIdx == 0) {
            partial.set(first + context.groupIdx, sum);
        }
    }

    /// The launch of [#rootOfSum]: one group.
    public static WorkerGrid rootOfSumGrid(int count) {
        return RowGroups.grid(1, count);
    }

    /// `norm = sqrt(sum of partial)`. 1 KiB of local memory.
    ///
    /// @param partial the first `count` elements are read
    /// @param norm `[1]`; infinite or NaN if a gradient is
    public static void rootOfSum(
            KernelContext context,
            IntArray layer,
            FloatArray partial,
            FloatArray norm,
            long normPlace,
            int count) {
        float sum = 0f;
        for (int i = context.localIdx; i < count; i += context.localGroupSizeX) {
            sum += partial.get(i);
        }
        sum = RowGroups.sum(context, sum);
        if (context.localIdx == 0) {
            norm.set(Place.start(normPlace, layer), TornadoMath.sqrt(sum));
        }
    }
}
