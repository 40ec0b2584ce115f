package io.tornadogpt.emulator.engine;

import io.tornadogpt.emulator.EmulatorFinding;
import io.tornadogpt.emulator.EmulatorFinding.Kind;

import org.jspecify.annotations.Nullable;

/// The shape of a launch: work-items in three dimensions, and how they are cut into groups.
///
/// @param global the work-items
/// @param local the work-items of a group
public record NDRange(Size global, Size local) {

    /// A size in three dimensions.
    record Size(int x, int y, int z) {

        static Size of(long[] sizes) {
            return new Size(
                    Math.toIntExact(sizes[0]),
                    Math.toIntExact(sizes[1]),
                    Math.toIntExact(sizes[2]));
        }

        int in(int dimension) {
            return switch (dimension) {
                case 0 -> x;
                case 1 -> y;
                default -> z;
            };
        }

        @Override
        public String toString() {
            return x + " x " + y + " x " + z;
        }
    }

    /// Takes the sizes of a worker grid. Where no local size was set, a device is free to choose
    /// one; here it is one work-item a group, which no kernel may mind.
    public static NDRange of(long[] global, long @Nullable [] local) {
        return new NDRange(Size.of(global), local == null ? new Size(1, 1, 1) : Size.of(local));
    }

    int groupSize() {
        return local.x * local.y * local.z;
    }

    int groups(int dimension) {
        return global.in(dimension) / local.in(dimension);
    }

    /// Refuses what devices refuse, or silently do not run.
    void check(String kernel, Limits limits) {
        for (int d = 0; d < 3; d++) {
            checkDimension(kernel, d);
        }
        if ((long) local.x * local.y * local.z > limits.workGroupSize()) {
            throw finding(
                    kernel,
                    " has "
                            + groupSize()
                            + " work-items a group; devices may take no more than "
                            + limits.workGroupSize()
                            + " (-Dtornadogpt.emulator.workGroupSize)");
        }
    }

    private void checkDimension(String kernel, int dimension) {
        int all = global.in(dimension);
        int group = local.in(dimension);
        if (all < 1 || group < 1) {
            throw finding(kernel, " has an empty dimension; a size is at least 1");
        }
        if (all % group != 0) {
            throw finding(
                    kernel,
                    " does not divide: dimension "
                            + "xyz".charAt(dimension)
                            + " has "
                            + all
                            + " work-items in groups of "
                            + group
                            + ". Round the global size up to "
                            + (all / group + 1) * group
                            + " and guard the loads and stores");
        }
    }

    private EmulatorFinding finding(String kernel, String sentence) {
        return EmulatorFinding.of(Kind.LAUNCH_SHAPE)
                .kernel(kernel)
                .saying("the launch of " + global + " in groups of " + local + sentence);
    }
}
