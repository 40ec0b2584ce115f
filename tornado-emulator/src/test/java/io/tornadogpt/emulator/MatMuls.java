package io.tornadogpt.emulator;

import static uk.ac.manchester.tornado.api.enums.DataTransferMode.EVERY_EXECUTION;

import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.WorkerGrid2D;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task7;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

import java.util.Random;

/// Products of small whole numbers, which are exact in any order of summation.
final class MatMuls {

    private MatMuls() {}

    static float[] run(
            Task7<KernelContext, FloatArray, FloatArray, FloatArray, Integer, Integer, Integer>
                    kernel,
            int m,
            int n,
            int k) {
        FloatArray a = matrix(m * k, 1);
        FloatArray b = matrix(k * n, 2);
        FloatArray c = new FloatArray(m * n);
        int tile = SampleKernels.TILE;
        WorkerGrid grid =
                new WorkerGrid2D((n + tile - 1) / tile * tile, (m + tile - 1) / tile * tile);
        grid.setLocalWork(tile, tile, 1);
        TaskGraph graph =
                new TaskGraph("g")
                        .transferToDevice(EVERY_EXECUTION, a, b)
                        .task("t", kernel, new KernelContext(), a, b, c, m, n, k)
                        .transferToHost(EVERY_EXECUTION, c);
        new TornadoExecutionPlan(graph.snapshot())
                .withGridScheduler(new GridScheduler("g.t", grid))
                .execute();
        return c.toHeapArray();
    }

    static float[] plain(int m, int n, int k) {
        FloatArray a = matrix(m * k, 1);
        FloatArray b = matrix(k * n, 2);
        float[] c = new float[m * n];
        for (int row = 0; row < m; row++) {
            for (int column = 0; column < n; column++) {
                for (int i = 0; i < k; i++) {
                    c[row * n + column] += a.get(row * k + i) * b.get(i * n + column);
                }
            }
        }
        return c;
    }

    static FloatArray matrix(int size, long seed) {
        Random random = new Random(seed);
        FloatArray array = new FloatArray(size);
        for (int i = 0; i < size; i++) {
            array.set(i, random.nextInt(-8, 9));
        }
        return array;
    }
}
