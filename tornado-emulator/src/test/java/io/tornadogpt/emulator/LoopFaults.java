package io.tornadogpt.emulator;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/// Kernels of `@Parallel` loops of which each has one mistake, and kernels with a grid that is too
/// small. `x`, `y` and `out` have n = 16 elements; those of `x` are 0, 1, 2 and so on, those of `y`
/// 0, 1, 2, 0, 1, 2 and so on.
public final class LoopFaults {

    private LoopFaults() {}

    /// Each round needs the one before.
    public static void carriedBackward(FloatArray x, FloatArray y, FloatArray out, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            if (i > 0) {
                x.set(i, x.get(i - 1) + y.get(i));
            }
            out.set(i, 0f);
        }
    }

    /// Each round overwrites what the one before needs.
    public static void carriedForward(FloatArray x, FloatArray y, FloatArray out, int n) {
        for (@Parallel int i = 0; i < n - 1; i++) {
            x.set(i, x.get(i + 1) + y.get(i));
            out.set(i, 0f);
        }
    }

    /// Sums so far, of an array that is only written.
    public static void prefixSums(FloatArray x, FloatArray y, FloatArray out, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            if (i == 0) {
                out.set(i, x.get(i));
            } else {
                out.set(i, out.get(i - 1) + x.get(i) + y.get(i));
            }
        }
    }

    /// A smoothing in place.
    public static void stencilInPlace(FloatArray x, FloatArray y, FloatArray out, int n) {
        for (@Parallel int i = 1; i < n - 1; i++) {
            x.set(i, (x.get(i - 1) + x.get(i) + x.get(i + 1)) / 3f);
            out.set(i, y.get(i));
        }
    }

    /// Sums up in a variable.
    public static void scalarSum(FloatArray x, FloatArray y, FloatArray out, int n) {
        float sum = 0f;
        for (@Parallel int i = 0; i < n; i++) {
            sum += x.get(i) * y.get(i);
        }
        out.set(0, sum);
    }

    /// Looks for the largest.
    public static void scalarMaximum(FloatArray x, FloatArray y, FloatArray out, int n) {
        float largest = -1e30f;
        for (@Parallel int i = 0; i < n; i++) {
            if (x.get(i) > largest) {
                largest = x.get(i);
            }
            out.set(i, y.get(i));
        }
        out.set(0, largest);
    }

    /// Packs elements by a counter.
    public static void counter(FloatArray x, FloatArray y, FloatArray out, int n) {
        int count = 0;
        for (@Parallel int i = 0; i < n; i++) {
            if (y.get(i) > 0f) {
                out.set(count, x.get(i));
                count++;
            }
        }
    }

    /// Hands the last round's value on.
    public static void lastValue(FloatArray x, FloatArray y, FloatArray out, int n) {
        float last = 0f;
        for (@Parallel int i = 0; i < n; i++) {
            last = x.get(i);
            out.set(i, y.get(i));
        }
        out.set(0, last);
    }

    /// Sums up the inner loop in a variable of the outer one.
    public static void scalarSumInside(FloatArray x, FloatArray y, FloatArray out, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            float sum = y.get(i);
            for (@Parallel int j = 0; j < n; j++) {
                sum += x.get(j);
            }
            out.set(i, sum);
        }
    }

    /// Two rounds write one element.
    public static void twoWriteOne(FloatArray x, FloatArray y, FloatArray out, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            out.set(i / 2, x.get(i) + y.get(i));
        }
    }

    /// All rounds write one element.
    public static void allWriteOne(FloatArray x, FloatArray y, FloatArray out, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            out.set(3, x.get(i) + y.get(i));
        }
    }

    /// Scatters to places that come again.
    public static void scatter(FloatArray x, FloatArray y, FloatArray out, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            out.set((int) y.get(i), x.get(i));
        }
    }

    /// Counts in a buffer.
    public static void histogram(FloatArray x, FloatArray y, FloatArray out, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            int bucket = (int) y.get(i);
            x.set(bucket, x.get(bucket) + 1f);
            out.set(i, 0f);
        }
    }

    /// The second loop reads what other rounds of the first one wrote.
    public static void secondLoopReadsAcross(FloatArray x, FloatArray y, FloatArray out, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            y.set(i, x.get(i) * 2f);
        }
        for (@Parallel int i = 0; i < n; i++) {
            out.set(i, y.get(n - 1 - i));
        }
    }

    /// The second loop needs a single sum.
    public static void secondLoopReadsAll(FloatArray x, FloatArray y, FloatArray out, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            y.set(i, x.get(i) * 2f);
        }
        for (@Parallel int k = 0; k < n; k++) {
            float sum = 0f;
            for (int i = 0; i < n; i++) {
                sum += y.get(i);
            }
            out.set(k, sum);
        }
    }

    /// All rounds of the inner loop write one element of the outer one.
    public static void innerWritesOuter(FloatArray x, FloatArray y, FloatArray out, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            for (@Parallel int j = 0; j < n; j++) {
                out.set(i, x.get(j) + y.get(i));
            }
        }
    }

    /// A transposition of 4 x 4 elements in place, each pair by both of its rounds.
    public static void transposeInPlace(FloatArray x, FloatArray y, FloatArray out, int n) {
        for (@Parallel int row = 0; row < n / 4; row++) {
            for (@Parallel int column = 0; column < 4; column++) {
                float value = x.get(row * 4 + column);
                x.set(column * 4 + row, value);
                out.set(row * 4 + column, y.get(row));
            }
        }
    }

    /// Steps of time around the loop.
    public static void stepsAround(FloatArray x, FloatArray y, FloatArray out, int n) {
        for (int step = 0; step < 2; step++) {
            for (@Parallel int i = 0; i < n - 1; i++) {
                out.set(i, (step == 0 ? x.get(i) : out.get(i + 1)) + y.get(i));
            }
        }
    }

    /// A private array carries from round to round.
    public static void privateCarried(FloatArray x, FloatArray y, FloatArray out, int n) {
        float[] last = new float[1];
        last[0] = 0f;
        for (@Parallel int i = 0; i < n; i++) {
            out.set(i, x.get(i) - last[0] + y.get(i));
            last[0] = x.get(i);
        }
    }

    /// What stands before the loop is done by every work-item.
    public static void countsOutside(FloatArray x, FloatArray y, FloatArray out, int n) {
        x.set(0, x.get(0) + 1f);
        for (@Parallel int i = 0; i < n; i++) {
            out.set(i, y.get(i));
        }
    }

    /// The same between two loops.
    public static void countsBetween(FloatArray x, FloatArray y, FloatArray out, int n) {
        for (@Parallel int i = 0; i < n / 4; i++) {
            y.set(i, y.get(i) + 1f);
            for (@Parallel int j = 0; j < 4; j++) {
                out.set(i * 4 + j, x.get(i * 4 + j));
            }
        }
    }

    /// A private array of a round is not zero at first.
    public static void privateNotZeroed(FloatArray x, FloatArray y, FloatArray out, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            float[] sums = new float[2];
            sums[0] += x.get(i);
            sums[1] = y.get(i);
            out.set(i, sums[0] + sums[1]);
        }
    }

    /// One round too many.
    public static void oneTooMany(FloatArray x, FloatArray y, FloatArray out, int n) {
        for (@Parallel int i = 0; i <= n; i++) {
            out.set(i % n, x.get(i) + y.get(i % n));
        }
    }

    /// Nothing is wrong but the grid.
    public static void plain(FloatArray x, FloatArray y, FloatArray out, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            out.set(i, x.get(i) + y.get(i));
        }
    }

    /// As [#plain], in two dimensions.
    public static void plainSquare(FloatArray x, FloatArray y, FloatArray out, int n) {
        for (@Parallel int i = 0; i < 4; i++) {
            for (@Parallel int j = 0; j < n / 4; j++) {
                out.set(i * 4 + j, x.get(i * 4 + j) + y.get(i));
            }
        }
    }

    /// Nothing is wrong but the grid, with `KernelContext`.
    public static void guarded(KernelContext context, FloatArray x, int n) {
        int i = context.globalIdx;
        if (i < n) {
            x.set(i, x.get(i) + 1f);
        }
    }

    /// As [#guarded], by rows.
    public static void guardedRows(KernelContext context, FloatArray x, int n) {
        int row = context.globalIdy;
        if (row >= n) {
            return;
        }
        x.set(row, x.get(row) + 1f);
    }

    /// As [#guarded], but right: each work-item takes several elements.
    public static void guardedStrides(KernelContext context, FloatArray x, int n) {
        for (int i = context.globalIdx; i < n; i += context.globalGroupSizeX) {
            x.set(i, x.get(i) + 1f);
        }
    }
}
