package uk.ac.manchester.tornado.api;

import org.jspecify.annotations.Nullable;

/// How many work-items a task has, and how they are cut into groups.
public interface WorkerGrid {

    /// 1, 2 or 3.
    int dimension();

    /// The number of all work-items, in x, y and z.
    long[] getGlobalWork();

    /// The number of work-items in a group, in x, y and z, or null to leave it to the device.
    long @Nullable [] getLocalWork();

    /// The number of groups, in x, y and z, or null where no local size is set.
    long @Nullable [] getNumberOfWorkgroups();

    /// The position of the first work-item.
    long[] getGlobalOffset();

    /// Sets the number of all work-items.
    void setGlobalWork(long x, long y, long z);

    /// Sets the number of work-items in a group.
    void setLocalWork(long x, long y, long z);

    /// Leaves the number of groups to the device.
    void setNumberOfWorkgroupsToNull();

    /// Leaves the number of work-items in a group to the device.
    void setLocalWorkToNull();

    /// Sets the position of the first work-item; the emulator knows 0 only.
    void setGlobalOffset(long x, long y, long z);
}
