package uk.ac.manchester.tornado.api;

import io.tornadogpt.emulator.EmulatorFinding;
import io.tornadogpt.emulator.EmulatorFinding.Kind;

import org.jspecify.annotations.Nullable;

/// What grids of one, two and three dimensions share.
public abstract class AbstractWorkerGrid implements WorkerGrid {

    /// The number of all work-items.
    protected long[] globalWork;

    /// The number of work-items in a group.
    protected long @Nullable [] localWork;

    /// The number of groups.
    protected long @Nullable [] numOfWorkgroups;

    /// The position of the first work-item.
    protected long[] globalOffset = {0, 0, 0};

    /// A grid without a local size.
    protected AbstractWorkerGrid(long x, long y, long z) {
        globalWork = new long[] {x, y, z};
    }

    @Override
    public long[] getGlobalWork() {
        return globalWork;
    }

    @Override
    public long @Nullable [] getLocalWork() {
        return localWork;
    }

    @Override
    public long @Nullable [] getNumberOfWorkgroups() {
        return numOfWorkgroups;
    }

    @Override
    public long[] getGlobalOffset() {
        return globalOffset;
    }

    @Override
    public void setGlobalWork(long x, long y, long z) {
        globalWork = new long[] {x, y, z};
    }

    @Override
    public void setLocalWork(long x, long y, long z) {
        localWork = new long[] {x, y, z};
        numOfWorkgroups = new long[] {globalWork[0] / x, globalWork[1] / y, globalWork[2] / z};
    }

    @Override
    public void setNumberOfWorkgroupsToNull() {
        numOfWorkgroups = null;
    }

    @Override
    public void setLocalWorkToNull() {
        localWork = null;
    }

    @Override
    public void setGlobalOffset(long x, long y, long z) {
        if (x != 0 || y != 0 || z != 0) {
            throw EmulatorFinding.of(Kind.UNSUPPORTED)
                    .saying("a global offset other than 0; pass the offset as an argument");
        }
    }
}
