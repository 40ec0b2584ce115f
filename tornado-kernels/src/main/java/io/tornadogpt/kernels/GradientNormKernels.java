package io.tornadogpt.kernels;

import io.tornadogpt.core.op.GradientNorm;
import io.tornadogpt.core.tensor.Slice;
import io.tornadogpt.core.tensor.Tensor;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.WorkerGrid1D;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

import java.util.ArrayList;
import java.util.List;

/// The Euclidean norm of all gradients together, in two stages: [#sumSquaresOfEight] once for every
/// eight arrays of gradients, each into parts of its own of a scratch array, or [#sumSquares] for
/// one, then [#rootOfSum] once.
public final class GradientNormKernels {
    /// Elements of a gradient that one group squares, unless there are more than 256 groups of
    /// them.
    private static final int GROUP_ELEMENTS = 4096;

    private static final int MOST_PARTS = 256;

    /// Gradients of a launch.
    private static final int EIGHT = 8;

    private GradientNormKernels() {}

    /// How [GradientNorm] is launched.
    public static OpKernels of(GradientNorm o) {
        var kernels = OpKernels.none();
        int next = 0;
        List<Tensor> waiting = new ArrayList<>();
        for (Tensor gradient : o.gradients()) {
            if (gradient.slice() instanceof Slice.Layer) { // its place moves
                kernels = one(kernels, gradient, next);
                next += parts(gradient);
                continue;
            }
            waiting.add(gradient);
            if (waiting.size() == EIGHT) {
                kernels = eight(kernels, waiting, next);
                next += parts(waiting);
                waiting = new ArrayList<>();
            }
        }
        if (!waiting.isEmpty()) {
            boolean single = waiting.size() == 1;
            kernels =
                    single ? one(kernels, waiting.getFirst(), next) : eight(kernels, waiting, next);
            next += parts(waiting);
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

    private static int parts(Tensor gradient) {
        return parts(Math.toIntExact(gradient.elements()));
    }

    private static int parts(List<Tensor> gradients) {
        return gradients.stream().mapToInt(GradientNormKernels::parts).sum();
    }

    private static OpKernels one(OpKernels kernels, Tensor gradient, int first) {
        int n = Math.toIntExact(gradient.elements());
        return kernels.then(
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
    }

    /// @param gradients two to eight
    private static OpKernels eight(OpKernels kernels, List<Tensor> gradients, int first) {
        return kernels.then(
                "sumSquaresOfEight",
                groups(parts(gradients)),
                (t, g, name) -> {
                    var arrays = new FloatArray[EIGHT];
                    var places = new long[EIGHT];
                    for (int i = 0; i < EIGHT; i++) {
                        boolean there = i < gradients.size();
                        Tensor gradient = gradients.get(there ? i : 0);
                        arrays[i] = t.floats(gradient);
                        long start = t.place(gradient) >> 32;
                        places[i] = there ? start << 32 | t.elements(gradient) : 0;
                    }
                    g.task(
                            name,
                            GradientNormKernels::sumSquaresOfEight,
                            new KernelContext(),
                            t.layer(),
                            arrays[0],
                            places[0],
                            arrays[1],
                            places[1],
                            arrays[2],
                            places[2],
                            arrays[3],
                            places[3],
                            arrays[4],
                            places[4],
                            arrays[5],
                            places[5],
                            arrays[6],
                            places[6],
                            arrays[7],
                            places[7],
                            t.floatScratch(),
                            first);
                });
    }

    /// The elements of the scratch array that a gradient of n elements takes.
    public static int parts(int n) {
        return Math.min(MOST_PARTS, (n - 1) / GROUP_ELEMENTS + 1);
    }

    /// The launch of [#sumSquares]: one group a part.
    public static WorkerGrid sumSquaresGrid(int n) {
        return groups(parts(n));
    }

    private static WorkerGrid groups(int count) {
        WorkerGrid grid = new WorkerGrid1D(count * RowGroups.LARGEST);
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

    /// [#sumSquares] of eight gradients: the groups of one behind those of the other.
    /// `partial[first + g]` is what that kernel makes.
    ///
    /// @param layer not read
    /// @param aAt first element of `a` times 2^32, and how many: 0 for one that is not there
    public static void sumSquaresOfEight(
            KernelContext context,
            IntArray layer,
            FloatArray a,
            long aAt,
            FloatArray b,
            long bAt,
            FloatArray c,
            long cAt,
            FloatArray d,
            long dAt,
            FloatArray e,
            long eAt,
            FloatArray f,
            long fAt,
            FloatArray g,
            long gAt,
            FloatArray h,
            long hAt,
            FloatArray partial,
            int first) {
        int toB = groupsOf(aAt);
        int toC = toB + groupsOf(bAt);
        int toD = toC + groupsOf(cAt);
        int toE = toD + groupsOf(dAt);
        int toF = toE + groupsOf(eAt);
        int toG = toF + groupsOf(fAt);
        int toH = toG + groupsOf(gAt);
        int group = context.groupIdx;
        int item = context.localIdx;
        float sum = squares(a, aAt, group, item);
        sum += squares(b, bAt, group - toB, item);
        sum += squares(c, cAt, group - toC, item);
        sum += squares(d, dAt, group - toD, item);
        sum += squares(e, eAt, group - toE, item);
        sum += squares(f, fAt, group - toF, item);
        sum += squares(g, gAt, group - toG, item);
        sum += squares(h, hAt, group - toH, item);
        sum = RowGroups.sum(context, sum);
        if (item == 0) {
            partial.set(first + group, sum);
        }
    }

    private static int groupsOf(long at) {
        int n = (int) at;
        return n == 0 ? 0 : parts(n);
    }

    /// What a work-item of a group sums; 0 where the group is another gradient's.
    private static float squares(FloatArray gradient, long at, int group, int item) {
        int start = (int) (at >> 32);
        int n = (int) at;
        int groups = groupsOf(at);
        // Not `group >= 0 && group < groups`, which becomes one comparison without sign.
        int i = group < 0 ? n : group * RowGroups.LARGEST + item;
        int stop = group < groups ? n : 0;
        float sum = 0f;
        while (i < stop) {
            float value = gradient.get(start + i);
            sum += value * value;
            i += groups * RowGroups.LARGEST;
        }
        return sum;
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
