package io.tornadogpt.kernels;

import io.tornadogpt.core.op.RmsNorm;
import io.tornadogpt.core.tensor.Tensor;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// Root-mean-square normalization (Zhang and Sennrich, 2019) and its gradients. What is normalized
/// is a run of D elements, a whole row or one head of it; runs are the rows of these kernels. The
/// gradient is two launches: one of runs for `dX`, one of columns for that of the weight.
public final class RmsNormKernels {
    private RmsNormKernels() {}

    /// How [RmsNorm] is launched.
    public static OpKernels of(RmsNorm o) {
        int size = o.weight().columns();
        return OpKernels.of(
                "rmsNorm",
                grid(runs(o.x(), size), size),
                (t, g, name) ->
                        g.task(
                                name,
                                RmsNormKernels::rmsNorm,
                                new KernelContext(),
                                t.layer(),
                                t.floats(o.x()),
                                t.place(o.x()),
                                t.floats(o.weight()),
                                t.place(o.weight()),
                                t.floats(o.out()),
                                t.place(o.out()),
                                t.floats(o.rstd()),
                                t.place(o.rstd()),
                                size,
                                (float) o.epsilon(),
                                (float) o.offset()));
    }

    /// How [RmsNorm.Backward] is launched.
    public static OpKernels of(RmsNorm.Backward o) {
        int size = o.weight().columns();
        int runs = runs(o.x(), size);
        Tensor dWeight = o.dWeight();
        OpKernels ofWeight =
                dWeight == null
                        ? OpKernels.none()
                        : OpKernels.of(
                                "rmsNormWeightBackward",
                                weightGrid(size),
                                (t, g, name) ->
                                        g.task(
                                                name,
                                                RmsNormKernels::rmsNormWeightBackward,
                                                new KernelContext(),
                                                t.layer(),
                                                t.floats(o.x()),
                                                t.place(o.x()),
                                                t.floats(o.rstd()),
                                                t.place(o.rstd()),
                                                t.floats(o.dOut()),
                                                t.place(o.dOut()),
                                                t.floats(dWeight),
                                                t.place(dWeight),
                                                runs,
                                                size));
        return ofWeight.then(
                "rmsNormBackward",
                grid(runs, size),
                (t, g, name) ->
                        g.task(
                                name,
                                RmsNormKernels::rmsNormBackward,
                                new KernelContext(),
                                t.layer(),
                                t.floats(o.x()),
                                t.place(o.x()),
                                t.floats(o.weight()),
                                t.place(o.weight()),
                                t.floats(o.rstd()),
                                t.place(o.rstd()),
                                t.floats(o.dOut()),
                                t.place(o.dOut()),
                                t.floatsOr(o.addend(), o.dOut()),
                                t.placeOrWhole(o.addend()),
                                t.floats(o.dX()),
                                t.place(o.dX()),
                                size,
                                (float) o.offset(),
                                o.addend() == null ? 0 : 1));
    }

    private static int runs(Tensor x, int size) {
        return Math.toIntExact(x.elements() / size);
    }

    /// The launch of [#rmsNorm] and [#rmsNormBackward]: one group a run.
    public static WorkerGrid grid(int runs, int size) {
        return RowGroups.grid(runs, size);
    }

    /// `out = x * rstd * (offset + weight)`, with `rstd = 1 / sqrt(mean(x^2) + epsilon)`. 1 KiB of
    /// local memory. 5 FLOPs and 8 bytes an element.
    ///
    /// @param x `[runs, size]`
    /// @param weight `[size]`
    /// @param out as `x`
    /// @param rstd `[runs]`, kept for the gradient
    public static void rmsNorm(
            KernelContext context,
            IntArray layer,
            FloatArray x,
            long xPlace,
            FloatArray weight,
            long weightPlace,
            FloatArray out,
            long outPlace,
            FloatArray rstd,
            long rstdPlace,
            int size,
            float epsilon,
            float offset) {
        int run = context.groupIdx;
        int xRun = Place.start(xPlace, layer) + run * size;
        int outRun = Place.start(outPlace, layer) + run * size;
        int weightStart = Place.start(weightPlace, layer);
        float squares = 0f;
        for (int c = context.localIdx; c < size; c += context.localGroupSizeX) {
            float value = x.get(xRun + c);
            squares += value * value;
        }
        float mean = RowGroups.sum(context, squares) / size;
        float factor = 1f / TornadoMath.sqrt(mean + epsilon);
        for (int c = context.localIdx; c < size; c += context.localGroupSizeX) {
            out.set(outRun + c, x.get(xRun + c) * factor * (offset + weight.get(weightStart + c)));
        }
        if (context.localIdx == 0) {
            rstd.set(Place.start(rstdPlace, layer) + run, factor);
        }
    }

    /// `dX = rstd * (g - n * mean(g * n)) + addend`, with `g = dOut * (offset + weight)` and `n = x
    /// * rstd`. 1 KiB of local memory. 12 FLOPs and 12 bytes an element, 4 more with the addend.
    ///
    /// @param x `[runs, size]`
    /// @param weight `[size]`
    /// @param rstd `[runs]`
    /// @param dOut as `x`
    /// @param addend as `x`; `dOut`'s array if `hasAddend` is 0
    /// @param dX as `x`; may be `addend`
    /// @param hasAddend 1 or 0
    public static void rmsNormBackward(
            KernelContext context,
            IntArray layer,
            FloatArray x,
            long xPlace,
            FloatArray weight,
            long weightPlace,
            FloatArray rstd,
            long rstdPlace,
            FloatArray dOut,
            long dOutPlace,
            FloatArray addend,
            long addendPlace,
            FloatArray dX,
            long dXPlace,
            int size,
            float offset,
            int hasAddend) {
        int run = context.groupIdx;
        int xRun = Place.start(xPlace, layer) + run * size;
        int dOutRun = Place.start(dOutPlace, layer) + run * size;
        int dXRun = Place.start(dXPlace, layer) + run * size;
        int addendRun = Place.start(addendPlace, layer) + run * size;
        int weightStart = Place.start(weightPlace, layer);
        float factor = rstd.get(Place.start(rstdPlace, layer) + run);
        float product = 0f;
        for (int c = context.localIdx; c < size; c += context.localGroupSizeX) {
            float g = dOut.get(dOutRun + c) * (offset + weight.get(weightStart + c));
            product += g * (x.get(xRun + c) * factor);
        }
        float meanOfProduct = RowGroups.sum(context, product) / size;
        for (int c = context.localIdx; c < size; c += context.localGroupSizeX) {
            float g = dOut.get(dOutRun + c) * (offset + weight.get(weightStart + c));
            float value = factor * (g - x.get(xRun + c) * factor * meanOfProduct);
            if (hasAddend != 0) {
                value += addend.get(addendRun + c);
            }
            dX.set(dXRun + c, value);
        }
    }

    /// The launch of [#rmsNormWeightBackward]: 256 work-items for each 32 columns.
    public static WorkerGrid weightGrid(int size) {
        return ColumnGroups.grid(size);
    }

    /// `dWeight += ` the column sums of `dOut * x * rstd`. 1 KiB of local memory. 3 FLOPs and 8
    /// bytes an element of `x`.
    ///
    /// @param x `[runs, size]`
    /// @param rstd `[runs]`
    /// @param dOut as `x`
    /// @param dWeight `[size]`, accumulated
    public static void rmsNormWeightBackward(
            KernelContext context,
            IntArray layer,
            FloatArray x,
            long xPlace,
            FloatArray rstd,
            long rstdPlace,
            FloatArray dOut,
            long dOutPlace,
            FloatArray dWeight,
            long dWeightPlace,
            int runs,
            int size) {
        int share = context.localIdx / ColumnGroups.COLUMNS;
        int column =
                context.groupIdx * ColumnGroups.COLUMNS + context.localIdx % ColumnGroups.COLUMNS;
        int xStart = Place.start(xPlace, layer) + column;
        int dOutStart = Place.start(dOutPlace, layer) + column;
        int rstdStart = Place.start(rstdPlace, layer);
        float sum = 0f;
        if (column < size) {
            for (int run = share; run < runs; run += ColumnGroups.SHARES) {
                float normal = x.get(xStart + run * size) * rstd.get(rstdStart + run);
                sum += dOut.get(dOutStart + run * size) * normal;
            }
        }
        sum = ColumnGroups.sum(context, sum);
        if (share == 0 && column < size) {
            int element = Place.start(dWeightPlace, layer) + column;
            dWeight.set(element, dWeight.get(element) + sum);
        }
    }
}
