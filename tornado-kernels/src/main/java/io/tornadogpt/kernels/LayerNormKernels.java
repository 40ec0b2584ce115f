package io.tornadogpt.kernels;

import io.tornadogpt.core.op.LayerNorm;
import io.tornadogpt.core.tensor.Tensor;

import org.jspecify.annotations.Nullable;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.WorkerGrid1D;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// Layer normalization (Ba et al., 2016) and its gradients, after llm.c's derivation. What is
/// normalized is a run of as many elements as the weight has, a whole row or one head of it; runs
/// are the rows of these kernels. The gradient is two launches: one of rows for `dX`, one of
/// columns for the gradients of weight and bias; or one launch for both.
public final class LayerNormKernels {
    private LayerNormKernels() {}

    /// How [LayerNorm] is launched.
    public static OpKernels of(LayerNorm o) {
        return OpKernels.of(
                "layerNorm",
                grid(runs(o.x(), o.weight()), o.weight().columns()),
                (t, g, name) ->
                        g.task(
                                name,
                                LayerNormKernels::layerNorm,
                                new KernelContext(),
                                t.layer(),
                                t.floats(o.x()),
                                t.place(o.x()),
                                t.floats(o.weight()),
                                t.place(o.weight()),
                                t.floatsOr(o.bias(), o.weight()),
                                t.placeOrWhole(o.bias()),
                                t.floats(o.out()),
                                t.place(o.out()),
                                t.floats(o.mean()),
                                t.place(o.mean()),
                                t.floats(o.rstd()),
                                t.place(o.rstd()),
                                o.weight().columns(),
                                (float) o.epsilon(),
                                flag(o.bias())));
    }

    /// How [LayerNorm.Backward] is launched.
    public static OpKernels of(LayerNorm.Backward o) {
        OpKernels weights =
                o.dWeight() == null && o.dBias() == null
                        ? OpKernels.none()
                        : OpKernels.of(
                                "layerNormWeightBackward",
                                weightGrid(o.weight().columns()),
                                (t, g, name) ->
                                        g.task(
                                                name,
                                                LayerNormKernels::layerNormWeightBackward,
                                                new KernelContext(),
                                                t.layer(),
                                                t.floats(o.x()),
                                                t.place(o.x()),
                                                t.floats(o.mean()),
                                                t.place(o.mean()),
                                                t.floats(o.rstd()),
                                                t.place(o.rstd()),
                                                t.floats(o.dOut()),
                                                t.place(o.dOut()),
                                                t.floatsOr(o.dWeight(), o.dOut()),
                                                t.placeOrWhole(o.dWeight()),
                                                t.floatsOr(o.dBias(), o.dOut()),
                                                t.placeOrWhole(o.dBias()),
                                                runs(o.x(), o.weight()),
                                                o.weight().columns(),
                                                flag(o.dWeight()),
                                                flag(o.dBias())));
        return weights.then(
                "layerNormBackward",
                grid(runs(o.x(), o.weight()), o.weight().columns()),
                (t, g, name) ->
                        g.task(
                                name,
                                LayerNormKernels::layerNormBackward,
                                new KernelContext(),
                                t.layer(),
                                t.floats(o.x()),
                                t.place(o.x()),
                                t.floats(o.weight()),
                                t.place(o.weight()),
                                t.floats(o.mean()),
                                t.place(o.mean()),
                                t.floats(o.rstd()),
                                t.place(o.rstd()),
                                t.floats(o.dOut()),
                                t.place(o.dOut()),
                                t.floatsOr(o.addend(), o.dOut()),
                                t.placeOrWhole(o.addend()),
                                t.floats(o.dX()),
                                t.place(o.dX()),
                                o.weight().columns(),
                                flag(o.addend())));
    }

    /// How [LayerNorm.Backward] is launched where it has gradients of weight and bias that lie in
    /// their arrays as the weight does, and mean and deviation in theirs: at once.
    public static OpKernels atOnce(
            LayerNorm.Backward o, Tensor weightGradient, Tensor biasGradient) {
        int rows = runs(o.x(), o.weight());
        int columns = o.weight().columns();
        return OpKernels.of(
                "layerNormBackwardAtOnce",
                backwardAtOnceGrid(rows, columns),
                (t, g, name) ->
                        g.task(
                                name,
                                LayerNormKernels::layerNormBackwardAtOnce,
                                new KernelContext(),
                                t.layer(),
                                t.floats(o.x()),
                                t.place(o.x()),
                                t.floats(o.weight()),
                                t.place(o.weight()),
                                t.floats(o.mean()),
                                t.place(o.mean()),
                                t.floats(o.rstd()),
                                t.floats(o.dOut()),
                                t.place(o.dOut()),
                                t.floatsOr(o.addend(), o.dOut()),
                                t.placeOrWhole(o.addend()),
                                t.floats(weightGradient),
                                t.floats(biasGradient),
                                t.floats(o.dX()),
                                t.place(o.dX()),
                                rows,
                                columns,
                                flag(o.addend())));
    }

    /// The launch of [#layerNorm] and [#layerNormBackward]: one group a row.
    public static WorkerGrid grid(int rows, int columns) {
        return RowGroups.grid(rows, columns);
    }

    /// `out = (x - mean) * rstd * weight + bias`, with `rstd = 1 / sqrt(variance + epsilon)`. The
    /// variance is taken around the mean in a second pass over the row, which is in the cache by
    /// then. 2 KiB of local memory. 8 FLOPs and 8 bytes an element.
    ///
    /// @param x `[rows, columns]`
    /// @param weight `[columns]`
    /// @param bias `[columns]`; `weight`'s array if `hasBias` is 0
    /// @param out as `x`
    /// @param mean `[rows]`, kept for the gradient
    /// @param rstd `[rows]`, kept for the gradient
    /// @param hasBias 1 or 0
    public static void layerNorm(
            KernelContext context,
            IntArray layer,
            FloatArray x,
            long xPlace,
            FloatArray weight,
            long weightPlace,
            FloatArray bias,
            long biasPlace,
            FloatArray out,
            long outPlace,
            FloatArray mean,
            long meanPlace,
            FloatArray rstd,
            long rstdPlace,
            int columns,
            float epsilon,
            int hasBias) {
        int row = context.groupIdx;
        int xRow = Place.start(xPlace, layer) + row * columns;
        int outRow = Place.start(outPlace, layer) + row * columns;
        int weightStart = Place.start(weightPlace, layer);
        int biasStart = Place.start(biasPlace, layer);
        float sum = 0f;
        for (int c = context.localIdx; c < columns; c += context.localGroupSizeX) {
            sum += x.get(xRow + c);
        }
        float center = RowGroups.sum(context, sum) / columns;
        float squares = 0f;
        for (int c = context.localIdx; c < columns; c += context.localGroupSizeX) {
            float distance = x.get(xRow + c) - center;
            squares += distance * distance;
        }
        float variance = RowGroups.sum(context, squares) / columns;
        float factor = 1f / TornadoMath.sqrt(variance + epsilon);
        for (int c = context.localIdx; c < columns; c += context.localGroupSizeX) {
            float value = (x.get(xRow + c) - center) * factor * weight.get(weightStart + c);
            if (hasBias != 0) {
                value += bias.get(biasStart + c);
            }
            out.set(outRow + c, value);
        }
        if (context.localIdx == 0) {
            mean.set(Place.start(meanPlace, layer) + row, center);
            rstd.set(Place.start(rstdPlace, layer) + row, factor);
        }
    }

    /// `dX = rstd * (g - mean(g) - xHat * mean(g * xHat)) + addend`, with `g = weight * dOut` and
    /// `xHat = (x - mean) * rstd`. 2 KiB of local memory. 14 FLOPs and 12 bytes an element, 4 more
    /// with the addend.
    ///
    /// @param x `[rows, columns]`
    /// @param weight `[columns]`
    /// @param mean `[rows]`
    /// @param rstd `[rows]`
    /// @param dOut as `x`
    /// @param addend as `x`; `dOut`'s array if `hasAddend` is 0
    /// @param dX as `x`; may be `addend`
    /// @param hasAddend 1 or 0
    public static void layerNormBackward(
            KernelContext context,
            IntArray layer,
            FloatArray x,
            long xPlace,
            FloatArray weight,
            long weightPlace,
            FloatArray mean,
            long meanPlace,
            FloatArray rstd,
            long rstdPlace,
            FloatArray dOut,
            long dOutPlace,
            FloatArray addend,
            long addendPlace,
            FloatArray dX,
            long dXPlace,
            int columns,
            int hasAddend) {
        int row = context.groupIdx;
        int xRow = Place.start(xPlace, layer) + row * columns;
        int dOutRow = Place.start(dOutPlace, layer) + row * columns;
        int dXRow = Place.start(dXPlace, layer) + row * columns;
        int addendRow = Place.start(addendPlace, layer) + row * columns;
        int weightStart = Place.start(weightPlace, layer);
        float center = mean.get(Place.start(meanPlace, layer) + row);
        float factor = rstd.get(Place.start(rstdPlace, layer) + row);
        float sum = 0f;
        float product = 0f;
        for (int c = context.localIdx; c < columns; c += context.localGroupSizeX) {
            float g = weight.get(weightStart + c) * dOut.get(dOutRow + c);
            sum += g;
            product += g * ((x.get(xRow + c) - center) * factor);
        }
        float meanOfG = RowGroups.sum(context, sum) / columns;
        float meanOfProduct = RowGroups.sum(context, product) / columns;
        for (int c = context.localIdx; c < columns; c += context.localGroupSizeX) {
            float g = weight.get(weightStart + c) * dOut.get(dOutRow + c);
            float normal = (x.get(xRow + c) - center) * factor;
            float value = factor * (g - meanOfG - normal * meanOfProduct);
            if (hasAddend != 0) {
                value += addend.get(addendRow + c);
            }
            dX.set(dXRow + c, value);
        }
    }

    /// The launch of [#layerNormWeightBackward]: 256 work-items for each 32 columns.
    public static WorkerGrid weightGrid(int columns) {
        return ColumnGroups.grid(columns);
    }

    /// `dWeight += ` the column sums of `dOut * xHat`, `dBias += ` those of `dOut`. 2 KiB of local
    /// memory. 4 FLOPs and 8 bytes an element of `x`.
    ///
    /// @param x `[rows, columns]`
    /// @param mean `[rows]`
    /// @param rstd `[rows]`
    /// @param dOut as `x`
    /// @param dWeight `[columns]`, accumulated; `dOut`'s array if `hasWeight` is 0
    /// @param dBias `[columns]`, accumulated; `dOut`'s array if `hasBias` is 0
    /// @param hasWeight 1 or 0
    /// @param hasBias 1 or 0
    public static void layerNormWeightBackward(
            KernelContext context,
            IntArray layer,
            FloatArray x,
            long xPlace,
            FloatArray mean,
            long meanPlace,
            FloatArray rstd,
            long rstdPlace,
            FloatArray dOut,
            long dOutPlace,
            FloatArray dWeight,
            long dWeightPlace,
            FloatArray dBias,
            long dBiasPlace,
            int rows,
            int columns,
            int hasWeight,
            int hasBias) {
        int share = context.localIdx / ColumnGroups.COLUMNS;
        int column =
                context.groupIdx * ColumnGroups.COLUMNS + context.localIdx % ColumnGroups.COLUMNS;
        int xStart = Place.start(xPlace, layer) + column;
        int dOutStart = Place.start(dOutPlace, layer) + column;
        int meanStart = Place.start(meanPlace, layer);
        int rstdStart = Place.start(rstdPlace, layer);
        float weightSum = 0f;
        float biasSum = 0f;
        if (column < columns) {
            for (int row = share; row < rows; row += ColumnGroups.SHARES) {
                float gradient = dOut.get(dOutStart + row * columns);
                float distance = x.get(xStart + row * columns) - mean.get(meanStart + row);
                weightSum += gradient * (distance * rstd.get(rstdStart + row));
                biasSum += gradient;
            }
        }
        weightSum = ColumnGroups.sum(context, weightSum);
        biasSum = ColumnGroups.sum(context, biasSum);
        if (share == 0 && column < columns) {
            if (hasWeight != 0) {
                int element = Place.start(dWeightPlace, layer) + column;
                dWeight.set(element, dWeight.get(element) + weightSum);
            }
            if (hasBias != 0) {
                int element = Place.start(dBiasPlace, layer) + column;
                dBias.set(element, dBias.get(element) + biasSum);
            }
        }
    }

    /// The launch of [#layerNormBackwardAtOnce]: 256 work-items for each 32 columns, then for each
    /// row.
    public static WorkerGrid backwardAtOnceGrid(int rows, int columns) {
        int groups = groupsOfColumns(columns) + rows;
        WorkerGrid grid = new WorkerGrid1D(groups * ColumnGroups.ITEMS);
        grid.setLocalWork(ColumnGroups.ITEMS, 1, 1);
        return grid;
    }

    private static int groupsOfColumns(int columns) {
        return (columns + ColumnGroups.COLUMNS - 1) / ColumnGroups.COLUMNS;
    }

    /// [#layerNormBackward] and [#layerNormWeightBackward] in one launch. The first groups sum
    /// columns, each of the others has a row; either needs two sums over its work-items. 2 KiB of
    /// local memory.
    ///
    /// @param weightPlace of `weight`, `dWeight` and `dBias`
    /// @param meanPlace of `mean` and `rstd`
    /// @param dWeight `[columns]`, accumulated
    /// @param dBias `[columns]`, accumulated
    /// @param dX as `x`; may be `addend`
    public static void layerNormBackwardAtOnce(
            KernelContext context,
            IntArray layer,
            FloatArray x,
            long xPlace,
            FloatArray weight,
            long weightPlace,
            FloatArray mean,
            long meanPlace,
            FloatArray rstd,
            FloatArray dOut,
            long dOutPlace,
            FloatArray addend,
            long addendPlace,
            FloatArray dWeight,
            FloatArray dBias,
            FloatArray dX,
            long dXPlace,
            int rows,
            int columns,
            int hasAddend) {
        int item = context.localIdx;
        int columnGroups = groupsOfColumns(columns);
        int row = context.groupIdx - columnGroups;
        int column = context.groupIdx * ColumnGroups.COLUMNS + item % ColumnGroups.COLUMNS;
        int xStart = Place.start(xPlace, layer);
        int dOutStart = Place.start(dOutPlace, layer);
        int weightStart = Place.start(weightPlace, layer);
        int meanStart = Place.start(meanPlace, layer);
        float sum = 0f;
        float product = 0f;
        float center = 0f;
        float factor = 0f;
        int sums = 1; // that are left of those of the work-items
        if (row < 0) {
            sums = ColumnGroups.COLUMNS;
            if (column < columns) {
                for (int r = item / ColumnGroups.COLUMNS; r < rows; r += ColumnGroups.SHARES) {
                    float gradient = dOut.get(dOutStart + r * columns + column);
                    float distance = x.get(xStart + r * columns + column) - mean.get(meanStart + r);
                    product += gradient * (distance * rstd.get(meanStart + r));
                    sum += gradient;
                }
            }
        } else {
            center = mean.get(meanStart + row);
            factor = rstd.get(meanStart + row);
            for (int c = item; c < columns; c += ColumnGroups.ITEMS) {
                float g = weight.get(weightStart + c) * dOut.get(dOutStart + row * columns + c);
                sum += g;
                product += g * ((x.get(xStart + row * columns + c) - center) * factor);
            }
        }
        sum = sums(context, sum, sums);
        product = sums(context, product, sums);
        if (row < 0) {
            if (item < ColumnGroups.COLUMNS && column < columns) {
                dWeight.set(weightStart + column, dWeight.get(weightStart + column) + product);
                dBias.set(weightStart + column, dBias.get(weightStart + column) + sum);
            }
        } else {
            int dXRow = Place.start(dXPlace, layer) + row * columns;
            int addendRow = Place.start(addendPlace, layer) + row * columns;
            float meanOfG = sum / columns;
            float meanOfProduct = product / columns;
            for (int c = item; c < columns; c += ColumnGroups.ITEMS) {
                float g = weight.get(weightStart + c) * dOut.get(dOutStart + row * columns + c);
                float normal = (x.get(xStart + row * columns + c) - center) * factor;
                float value = factor * (g - meanOfG - normal * meanOfProduct);
                if (hasAddend != 0) {
                    value += addend.get(addendRow + c);
                }
                dX.set(dXRow + c, value);
            }
        }
    }

    /// Sums over the work-items whose numbers are the same modulo `sums`, a power of two: a tree in
    /// local memory.
    private static float sums(KernelContext context, float value, int sums) {
        float[] parts = context.allocateFloatLocalArray(ColumnGroups.ITEMS);
        int item = context.localIdx;
        parts[item] = value;
        for (int half = ColumnGroups.ITEMS / 2; half >= sums; half /= 2) {
            context.localBarrier();
            if (item < half) {
                parts[item] += parts[item + half];
            }
        }
        context.localBarrier();
        return parts[item & (sums - 1)];
    }

    /// Rows of the kernels: a run of as many elements as the weight has.
    private static int runs(Tensor x, Tensor weight) {
        return Math.toIntExact(x.elements() / weight.elements());
    }

    private static int flag(@Nullable Tensor tensor) {
        return tensor == null ? 0 : 1;
    }
}
