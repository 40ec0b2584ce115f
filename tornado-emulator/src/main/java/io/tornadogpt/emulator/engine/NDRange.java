package io.tornadogpt.emulator.engine;

import io.tornadogpt.emulator.EmulatorFinding;
import io.tornadogpt.emulator.EmulatorFinding.Kind;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;

/// The shape of a launch: work-items in three dimensions, and how they are cut into groups.
///
/// @param global the work-items in x, y and z
/// @param local the work-items of a group in x, y and z
public record NDRange(int[] global, int[] local) {

    /// Takes the sizes of a worker grid. Where no local size was set, a device is free to choose
    /// one; here it is one work-item a group, which no kernel may mind.
    public static NDRange of(long[] global, long @Nullable [] local) {
        return new NDRange(ints(global), local == null ? new int[] {1, 1, 1} : ints(local));
    }

    int groupSize() {
        return local[0] * local[1] * local[2];
    }

    int groups(int dimension) {
        return global[dimension] / local[dimension];
    }

    /// Refuses what devices refuse, or silently do not run.
    void check(String kernel, Limits limits) {
        EmulatorFinding.Builder finding = EmulatorFinding.of(Kind.LAUNCH_SHAPE).kernel(kernel);
        for (int d = 0; d < 3; d++) {
            if (global[d] < 1 || local[d] < 1) {
                throw finding.saying(this + " has an empty dimension; a size is at least 1");
            }
            if (global[d] % local[d] != 0) {
                throw finding.saying(
                        this
                                + " does not divide: dimension "
                                + "xyz".charAt(d)
                                + " has "
                                + global[d]
                                + " work-items in groups of "
                                + local[d]
                                + ". Round the global size up to "
                                + (global[d] / local[d] + 1) * local[d]
                                + " and guard the loads and stores");
            }
        }
        if ((long) local[0] * local[1] * local[2] > limits.workGroupSize()) {
            throw finding.saying(
                    this
                            + " has "
                            + groupSize()
                            + " work-items a group; devices may take no more than "
                            + limits.workGroupSize()
                            + " (-Dtornadogpt.emulator.workGroupSize)");
        }
    }

    private static int[] ints(long[] sizes) {
        return Arrays.stream(sizes).mapToInt(Math::toIntExact).toArray();
    }

    @Override
    public String toString() {
        return "global " + Arrays.toString(global) + ", local " + Arrays.toString(local);
    }
}
