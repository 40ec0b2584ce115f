package io.tornadogpt.kernels.backend;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.ByteArray;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// What a plan needs beside the ops: arrays brought to the device, and rewritten there.
///
/// TornadoVM compiles each task on its own, so arrays are treated eight at a time.
public final class PlanKernels {
    /// Arrays that one task takes.
    static final int GROUP = 8;

    private PlanKernels() {}

    /// Zeroes eight arrays.
    ///
    /// Every store is unconditional: TornadoVM takes an array that is stored to under an `if` for
    /// one that is read as well, and would copy gigabytes of zeros from the host. So a shorter
    /// array is zeroed again from its start on; not its last element again and again, because
    /// work-items that all store to one element wait for each other.
    ///
    /// @param na elements of `a`; `nb` and so on follow
    /// @param most the size of the largest
    public static void zeroEight(
            FloatArray a,
            FloatArray b,
            FloatArray c,
            FloatArray d,
            FloatArray e,
            FloatArray f,
            FloatArray g,
            FloatArray h,
            int na,
            int nb,
            int nc,
            int nd,
            int ne,
            int nf,
            int ng,
            int nh,
            int most) {
        for (@Parallel int i = 0; i < most; i++) {
            a.set(i % na, 0f);
            b.set(i % nb, 0f);
            c.set(i % nc, 0f);
            d.set(i % nd, 0f);
            e.set(i % ne, 0f);
            f.set(i % nf, 0f);
            g.set(i % ng, 0f);
            h.set(i % nh, 0f);
        }
    }

    /// Reads and writes one element of eight arrays: TornadoVM copies in what a kernel reads.
    public static void touchEight(
            FloatArray a,
            FloatArray b,
            FloatArray c,
            FloatArray d,
            FloatArray e,
            FloatArray f,
            FloatArray g,
            FloatArray h) {
        for (@Parallel int i = 0; i < 1; i++) {
            a.set(i, a.get(i));
            b.set(i, b.get(i));
            c.set(i, c.get(i));
            d.set(i, d.get(i));
            e.set(i, e.get(i));
            f.set(i, f.get(i));
            g.set(i, g.get(i));
            h.set(i, h.get(i));
        }
    }

    /// As [#touchEight], for one array of integers.
    public static void touchIntegers(IntArray a) {
        for (@Parallel int i = 0; i < 1; i++) {
            a.set(i, a.get(i));
        }
    }

    /// As [#touchEight], for one array of bytes.
    public static void touchBytes(ByteArray a) {
        for (@Parallel int i = 0; i < 1; i++) {
            a.set(i, a.get(i));
        }
    }

    /// Copies what the host sent to where it stays.
    ///
    /// @param n integers
    /// @param m floats
    public static void receive(
            IntArray integers,
            FloatArray floats,
            IntArray integerInbox,
            FloatArray floatInbox,
            int n,
            int m) {
        int most = n > m ? n : m;
        for (@Parallel int i = 0; i < most; i++) {
            if (i < n) {
                integerInbox.set(i, integers.get(i));
            }
            if (i < m) {
                floatInbox.set(i, floats.get(i));
            }
        }
    }

    /// Writes a chunk into one of eight arrays, or into none of them.
    ///
    /// @param where number of the array, first element, elements
    /// @param first the number of `a`; `b` and so on follow
    /// @param most elements of `chunk`
    public static void storeInEight(
            IntArray where,
            FloatArray chunk,
            FloatArray a,
            FloatArray b,
            FloatArray c,
            FloatArray d,
            FloatArray e,
            FloatArray f,
            FloatArray g,
            FloatArray h,
            int first,
            int most) {
        for (@Parallel int i = 0; i < most; i++) {
            int array = where.get(0) - first;
            int element = where.get(1) + i;
            if (i < where.get(2)) {
                float value = chunk.get(i);
                if (array == 0) {
                    a.set(element, value);
                }
                if (array == 1) {
                    b.set(element, value);
                }
                if (array == 2) {
                    c.set(element, value);
                }
                if (array == 3) {
                    d.set(element, value);
                }
                if (array == 4) {
                    e.set(element, value);
                }
                if (array == 5) {
                    f.set(element, value);
                }
                if (array == 6) {
                    g.set(element, value);
                }
                if (array == 7) {
                    h.set(element, value);
                }
            }
        }
    }

    /// As [#storeInEight], for one array of bytes.
    ///
    /// @param number of `a`
    public static void storeBytes(
            IntArray where, ByteArray chunk, ByteArray a, int number, int most) {
        for (@Parallel int i = 0; i < most; i++) {
            if (where.get(0) == number && i < where.get(2)) {
                a.set(where.get(1) + i, chunk.get(i));
            }
        }
    }
}
