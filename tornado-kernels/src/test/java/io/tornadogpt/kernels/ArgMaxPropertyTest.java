package io.tornadogpt.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

import java.util.Random;

class ArgMaxPropertyTest {

    /// Few values, so that most rows have several largest elements.
    @Property(tries = 30, seed = "1")
    void firstOfTheLargestIsFound(
            @ForAll @IntRange(min = 1, max = 9) int rows,
            @ForAll @IntRange(min = 1, max = 600) int columns,
            @ForAll @IntRange(min = 1, max = 50) int values) {
        var random = new Random(rows + 10L * columns);
        var x = new FloatArray(rows * columns);
        for (int i = 0; i < rows * columns; i++) {
            x.set(i, random.nextInt(values) - 60);
        }
        var out = new IntArray(rows);
        out.init(-1);
        var run = new KernelRun();
        IntArray layer = run.scratch(IntArray.fromElements(0));
        run.task(
                        ArgMaxKernels.grid(rows, columns),
                        (g, t) ->
                                g.task(
                                        t,
                                        ArgMaxKernels::argMax,
                                        new KernelContext(),
                                        layer,
                                        x,
                                        Place.WHOLE,
                                        out,
                                        Place.WHOLE,
                                        columns))
                .run(x, out);
        for (int row = 0; row < rows; row++) {
            int expected = 0;
            for (int c = 1; c < columns; c++) {
                if (x.get(row * columns + c) > x.get(row * columns + expected)) {
                    expected = c;
                }
            }
            assertEquals(expected, out.get(row));
        }
    }
}
