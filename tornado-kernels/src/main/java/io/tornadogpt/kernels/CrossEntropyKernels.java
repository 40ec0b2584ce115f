package io.tornadogpt.kernels;

import io.tornadogpt.core.op.CrossEntropy;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// Cross-entropy of rows of logits with softmax included, and its gradient. A negative target is
/// ignored.
public final class CrossEntropyKernels {
    private CrossEntropyKernels() {}

    /// How [CrossEntropy] is launched.
    public static OpKernels of(CrossEntropy o) {
        return OpKernels.of(
                "crossEntropy",
                grid(o.logits().rows(), o.logits().columns()),
                (t, g, name) ->
                        g.task(
                                name,
                                CrossEntropyKernels::crossEntropy,
                                new KernelContext(),
                                t.layer(),
                                t.floats(o.logits()),
                                t.place(o.logits()),
                                t.integers(o.targets()),
                                t.place(o.targets()),
                                t.floats(o.lse()),
                                t.place(o.lse()),
                                t.floats(o.losses()),
                                t.place(o.losses()),
                                o.logits().columns()));
    }

    /// How [CrossEntropy.Backward] is launched.
    public static OpKernels of(CrossEntropy.Backward o) {
        return OpKernels.of(
                "crossEntropyBackward",
                (t, g, name) ->
                        g.task(
                                name,
                                CrossEntropyKernels::crossEntropyBackward,
                                t.layer(),
                                t.floats(o.logits()),
                                t.place(o.logits()),
                                t.integers(o.targets()),
                                t.place(o.targets()),
                                t.floats(o.lse()),
                                t.place(o.lse()),
                                t.floats(o.dLosses()),
                                t.place(o.dLosses()),
                                t.floats(o.dLogits()),
                                t.place(o.dLogits()),
                                o.logits().rows(),
                                o.logits().columns()));
    }

    /// The launch of [#crossEntropy]: one group a row.
    public static WorkerGrid grid(int rows, int vocabulary) {
        return RowGroups.grid(rows, vocabulary);
    }

    /// `lse = log(sum(exp(logits)))`, `losses = lse - logits[target]`, 0 where the target is
    /// ignored. Each work-item keeps a running maximum and a sum relative to it (Milakov and
    /// Gimelshein, 2018), so logits are read once. 2 KiB of local memory. 4 FLOPs and 4 bytes a
    /// logit.
    ///
    /// @param logits `[rows, vocabulary]`
    /// @param targets `[rows]`
    /// @param lse `[rows]`, kept for the gradient
    /// @param losses `[rows]`, in nats
    public static void crossEntropy(
            KernelContext context,
            IntArray layer,
            FloatArray logits,
            long logitsPlace,
            IntArray targets,
            long targetsPlace,
            FloatArray lse,
            long lsePlace,
            FloatArray losses,
            long lossesPlace,
            int vocabulary) {
        int row = context.groupIdx;
        int logitsRow = Place.start(logitsPlace, layer) + row * vocabulary;
        float largest = RowGroups.LOWEST;
        float sum = 0f;
        for (int v = context.localIdx; v < vocabulary; v += context.localGroupSizeX) {
            float logit = logits.get(logitsRow + v);
            float larger = TornadoMath.max(largest, logit);
            sum = sum * TornadoMath.exp(largest - larger) + TornadoMath.exp(logit - larger);
            largest = larger;
        }
        float rowLargest = RowGroups.max(context, largest);
        float share = sum * TornadoMath.exp(largest - rowLargest);
        float rowLse = rowLargest + TornadoMath.log(RowGroups.sum(context, share));
        if (context.localIdx == 0) {
            int target = targets.get(Place.start(targetsPlace, layer) + row);
            float loss = 0f;
            if (target >= 0) {
                loss = rowLse - logits.get(logitsRow + target);
            }
            lse.set(Place.start(lsePlace, layer) + row, rowLse);
            losses.set(Place.start(lossesPlace, layer) + row, loss);
        }
    }

    /// `dLogits = (softmax(logits) - onehot(target)) * dLosses`, a row of zeros where the target is
    /// ignored. One work-item a logit. 4 FLOPs and 8 bytes a logit.
    ///
    /// @param logits `[rows, vocabulary]`
    /// @param targets `[rows]`
    /// @param lse `[rows]`
    /// @param dLosses `[rows]`
    /// @param dLogits as `logits`; may be `logits`
    public static void crossEntropyBackward(
            IntArray layer,
            FloatArray logits,
            long logitsPlace,
            IntArray targets,
            long targetsPlace,
            FloatArray lse,
            long lsePlace,
            FloatArray dLosses,
            long dLossesPlace,
            FloatArray dLogits,
            long dLogitsPlace,
            int rows,
            int vocabulary) {
        for (@Parallel int row = 0; row < rows; row++) {
            for (@Parallel int v = 0; v < vocabulary; v++) {
                int element = row * vocabulary + v;
                int target = targets.get(Place.start(targetsPlace, layer) + row);
                float gradient = 0f;
                if (target >= 0) {
                    float logit = logits.get(Place.start(logitsPlace, layer) + element);
                    float p = TornadoMath.exp(logit - lse.get(Place.start(lsePlace, layer) + row));
                    float expected = v == target ? 1f : 0f;
                    gradient = (p - expected) * dLosses.get(Place.start(dLossesPlace, layer) + row);
                }
                dLogits.set(Place.start(dLogitsPlace, layer) + element, gradient);
            }
        }
    }
}
