package io.tornadogpt.kernels.examples;

import static uk.ac.manchester.tornado.api.enums.DataTransferMode.EVERY_EXECUTION;
import static uk.ac.manchester.tornado.api.enums.DataTransferMode.FIRST_EXECUTION;

import io.tornadogpt.kernels.Place;
import io.tornadogpt.kernels.SoftmaxKernels;

import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoBackend;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.exceptions.TornadoExecutionPlanException;
import uk.ac.manchester.tornado.api.runtime.TornadoRuntimeProvider;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

import java.util.ArrayList;
import java.util.Collections;

/// Runs one kernel of the library in a task graph of one's own, on every device that TornadoVM
/// finds, and times it beside a loop of plain Java. The package says how it is started.
public final class OneKernel {
    private static final int ROWS = 512;
    private static final int COLUMNS = 1000;
    private static final int MOST_RUNS = 50;
    private static final double MOST_MILLISECONDS = 2000;

    private final FloatArray x = new FloatArray(ROWS * COLUMNS);
    private final FloatArray out = new FloatArray(ROWS * COLUMNS);

    private OneKernel() {
        for (int i = 0; i < x.getSize(); i++) {
            x.set(i, (float) Math.sin(i));
        }
    }

    public static void main(String[] arguments) throws TornadoExecutionPlanException {
        System.out.printf("Softmax of %d rows of %d%n", ROWS, COLUMNS);
        var example = new OneKernel();
        float[] expected = example.inJava();
        var runtime = TornadoRuntimeProvider.getTornadoRuntime();
        for (int b = 0; b < runtime.getNumBackends(); b++) {
            TornadoBackend backend = runtime.getBackend(b);
            for (int d = 0; d < backend.getNumDevices(); d++) {
                example.on(backend.getDevice(d), expected);
            }
        }
        System.out.println(
                "Next: OwnKernel in this package shows how a kernel is written, and how the"
                        + " emulator finds what is wrong with it.");
    }

    private float[] inJava() {
        float[] result = new float[ROWS * COLUMNS];
        time("plain Java, one thread", () -> softmax(result));
        return result;
    }

    private void on(TornadoDevice device, float[] expected) throws TornadoExecutionPlanException {
        IntArray layer = IntArray.fromElements(0); // no layers here: x is one matrix
        TaskGraph graph =
                new TaskGraph("g")
                        .transferToDevice(FIRST_EXECUTION, layer, x)
                        .task(
                                "softmax",
                                SoftmaxKernels::softmax,
                                new KernelContext(),
                                layer,
                                x,
                                Place.WHOLE,
                                out,
                                Place.WHOLE,
                                COLUMNS)
                        .transferToHost(EVERY_EXECUTION, out);
        try (var plan = new TornadoExecutionPlan(graph.snapshot())) {
            plan.withDevice(device)
                    .withGridScheduler(
                            new GridScheduler("g.softmax", SoftmaxKernels.grid(ROWS, COLUMNS)));
            String name =
                    device.getTornadoVMBackend()
                            + ", "
                            + device.getPhysicalDevice().getDeviceName();
            time(name, plan::execute);
        }
        float worst = 0;
        for (int i = 0; i < expected.length; i++) {
            worst = Math.max(worst, Math.abs(out.get(i) - expected[i]) / expected[i]);
        }
        System.out.printf("    worst relative error %.1e%n", worst);
    }

    private static void time(String name, Runnable run) {
        run.run(); // the first run compiles
        var milliseconds = new ArrayList<Double>();
        double sum = 0;
        while (milliseconds.size() < MOST_RUNS && sum < MOST_MILLISECONDS) {
            long start = System.nanoTime();
            run.run();
            milliseconds.add((System.nanoTime() - start) / 1e6);
            sum += milliseconds.getLast();
        }
        Collections.sort(milliseconds);
        int runs = milliseconds.size();
        System.out.printf(
                "  %s: %.2f ms, the median of %d runs%n", name, milliseconds.get(runs / 2), runs);
    }

    private void softmax(float[] result) {
        for (int row = 0; row < ROWS; row++) {
            int start = row * COLUMNS;
            float largest = Float.NEGATIVE_INFINITY;
            for (int c = 0; c < COLUMNS; c++) {
                largest = Math.max(largest, x.get(start + c));
            }
            float sum = 0;
            for (int c = 0; c < COLUMNS; c++) {
                result[start + c] = (float) Math.exp(x.get(start + c) - largest);
                sum += result[start + c];
            }
            for (int c = 0; c < COLUMNS; c++) {
                result[start + c] /= sum;
            }
        }
    }
}
