package io.tornadogpt.kernels.examples;

import static uk.ac.manchester.tornado.api.enums.DataTransferMode.EVERY_EXECUTION;

import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.WorkerGrid1D;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task4;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/// A kernel of one's own with two bugs, one after the other, and without. A device would report
/// neither; the emulator names kernel, work-item, buffer and index. The package says how it is
/// started; it belongs on the emulator.
///
/// The kernel smooths a signal: each element becomes the mean of itself and its neighbours. There
/// is one work-item an element, in groups of 64, and the last group has some to spare.
public final class OwnKernel {
    private static final int GROUP = 64;
    private static final int N = 150;

    private OwnKernel() {}

    /// First try. The work-items behind the last element read and write beyond the arrays.
    public static void smoothUnguarded(
            KernelContext context, FloatArray x, FloatArray out, Integer n) {
        int i = context.globalIdx;
        float left = i > 0 ? x.get(i - 1) : x.get(i);
        float right = i < n - 1 ? x.get(i + 1) : x.get(i);
        out.set(i, (left + x.get(i) + right) / 3);
    }

    /// Second try, in place: nothing says whether a neighbour was smoothed before it is read.
    public static void smoothInPlace(
            KernelContext context, FloatArray x, FloatArray out, Integer n) {
        int i = context.globalIdx;
        if (i < n) {
            float left = i > 0 ? x.get(i - 1) : x.get(i);
            float right = i < n - 1 ? x.get(i + 1) : x.get(i);
            x.set(i, (left + x.get(i) + right) / 3);
            out.set(i, x.get(i));
        }
    }

    /// Each work-item reads what nobody writes, and writes one element that is its own.
    public static void smooth(KernelContext context, FloatArray x, FloatArray out, Integer n) {
        int i = context.globalIdx;
        if (i < n) {
            float left = i > 0 ? x.get(i - 1) : x.get(i);
            float right = i < n - 1 ? x.get(i + 1) : x.get(i);
            out.set(i, (left + x.get(i) + right) / 3);
        }
    }

    public static void main(String[] arguments) {
        run("first try", OwnKernel::smoothUnguarded);
        run("second try", OwnKernel::smoothInPlace);
        run("third try", OwnKernel::smooth);
        System.out.println(
                "Next: KernelSource in this package prints what TornadoVM makes of a kernel, and"
                        + " docs/decisions/0010-tornado-task-graphs.md says what else breaks.");
    }

    private static void run(
            String name, Task4<KernelContext, FloatArray, FloatArray, Integer> kernel) {
        var x = new FloatArray(N);
        var out = new FloatArray(N);
        for (int i = 0; i < N; i++) {
            x.set(i, i % 2);
        }
        TaskGraph graph =
                new TaskGraph("own")
                        .transferToDevice(EVERY_EXECUTION, x)
                        .task("smooth", kernel, new KernelContext(), x, out, N)
                        .transferToHost(EVERY_EXECUTION, out);
        WorkerGrid grid = new WorkerGrid1D((N + GROUP - 1) / GROUP * GROUP);
        grid.setLocalWork(GROUP, 1, 1);
        try {
            new TornadoExecutionPlan(graph.snapshot())
                    .withGridScheduler(new GridScheduler("own.smooth", grid))
                    .execute();
        } catch (RuntimeException finding) {
            System.out.println(name + ", found: " + finding.getMessage());
            return;
        }
        System.out.printf("%s ran: out starts with %.3f %.3f%n", name, out.get(0), out.get(1));
    }
}
