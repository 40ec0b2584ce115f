package io.tornadogpt.emulator;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// Kernels as they should be.
public final class SampleKernels {

    static final int TILE = 8;

    private SampleKernels() {}

    /// `c [M, N] = a [M, K] . b [K, N]`, tiled in local memory.
    public static void matMul(
            KernelContext context, FloatArray a, FloatArray b, FloatArray c, int m, int n, int k) {
        int column = context.globalIdx;
        int row = context.globalIdy;
        int x = context.localIdx;
        int y = context.localIdy;
        float[] tileA = context.allocateFloatLocalArray(64);
        float[] tileB = context.allocateFloatLocalArray(64);
        float sum = 0.0f;
        for (int from = 0; from < k; from += 8) {
            tileA[y * 8 + x] = row < m && from + x < k ? a.get(row * k + from + x) : 0.0f;
            tileB[y * 8 + x] = from + y < k && column < n ? b.get((from + y) * n + column) : 0.0f;
            context.localBarrier();
            for (int i = 0; i < 8; i++) {
                sum += tileA[y * 8 + i] * tileB[i * 8 + x];
            }
            context.localBarrier();
        }
        if (row < m && column < n) {
            c.set(row * n + column, sum);
        }
    }

    /// `out [rows, n] = softmax(in [rows, n])`, one group a row.
    public static void softmax(KernelContext context, FloatArray in, FloatArray out, int n) {
        int row = context.groupIdx;
        int me = context.localIdx;
        int group = context.localGroupSizeX;
        float[] partial = context.allocateFloatLocalArray(16);
        float max = -1e30f;
        for (int i = me; i < n; i += group) {
            max = TornadoMath.max(max, in.get(row * n + i));
        }
        partial[me] = max;
        context.localBarrier();
        for (int stride = group / 2; stride > 0; stride /= 2) {
            if (me < stride) {
                partial[me] = TornadoMath.max(partial[me], partial[me + stride]);
            }
            context.localBarrier();
        }
        max = partial[0];
        context.localBarrier();
        float sum = 0.0f;
        for (int i = me; i < n; i += group) {
            sum += TornadoMath.exp(in.get(row * n + i) - max);
        }
        partial[me] = sum;
        context.localBarrier();
        for (int stride = group / 2; stride > 0; stride /= 2) {
            if (me < stride) {
                partial[me] += partial[me + stride];
            }
            context.localBarrier();
        }
        for (int i = me; i < n; i += group) {
            out.set(row * n + i, TornadoMath.exp(in.get(row * n + i) - max) / partial[0]);
        }
    }

    /// `counts[bucket[i]] += 1` for every i.
    public static void count(KernelContext context, IntArray buckets, IntArray counts, int n) {
        int i = context.globalIdx;
        if (i < n) {
            context.atomicAdd(counts, buckets.get(i), 1);
        }
    }

    /// `out [n] = in [n] + 1`.
    public static void addOne(FloatArray in, FloatArray out, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            out.set(i, in.get(i) + 1.0f);
        }
    }

    /// `x [n] += 1`.
    public static void increment(FloatArray x, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            x.set(i, x.get(i) + 1.0f);
        }
    }

    /// The first n elements of x become 7.
    public static void fill(FloatArray x, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            x.set(i, 7.0f);
        }
    }

    /// Every work-item writes its own element.
    public static void own(KernelContext context, FloatArray out, int n) {
        int i = context.globalIdx;
        if (i < n) {
            out.set(i, i);
        }
    }

    /// Work-items of a group hand elements to their neighbours through a buffer.
    public static void rotated(KernelContext context, FloatArray scratch, FloatArray out) {
        int me = context.localIdx;
        int group = context.localGroupSizeX;
        int base = context.groupIdx * group;
        scratch.set(base + me, me);
        context.globalBarrier();
        out.set(base + me, scratch.get(base + (me + 1) % group));
    }
}
