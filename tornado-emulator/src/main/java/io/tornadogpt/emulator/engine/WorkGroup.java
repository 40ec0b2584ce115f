package io.tornadogpt.emulator.engine;

import io.tornadogpt.emulator.EmulatorFinding;
import io.tornadogpt.emulator.EmulatorFinding.Kind;

import org.jspecify.annotations.Nullable;

import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Runs the work-items of one group at a time, each from barrier to barrier.
///
/// Exactly one work-item runs at any moment, in the order of their numbers, so every run is the
/// same. Work-item 0, the leader, runs first. If it comes to no barrier, the others run after it,
/// and none of them may come to one. If it does, the others become coroutines, and the leader
/// resumes one after the other until it stops at a barrier or ends; then all must have stopped in
/// the same way.
final class WorkGroup implements AutoCloseable {

    /// How a work-item ended its turn.
    private enum Stop {
        LOCAL_BARRIER(Fence.LOCAL + " is waited at"),
        GLOBAL_BARRIER(Fence.GLOBAL + " is waited at"),
        END("the kernel's end is reached");

        private final String text;

        Stop(String text) {
            this.text = text;
        }
    }

    /// Unwinds the work-items of a group that has failed.
    private static final class Abandoned extends RuntimeException {
        Abandoned() {
            super(null, null, false, false);
        }
    }

    private final Launch launch;
    private final NDRange range;
    private final Monitor monitor;
    private final Limits limits;
    private final int size;

    private final int[] position = new int[3];
    private final List<Object> localArrays = new ArrayList<>();
    private int localBytes;

    private final Stop[] stops;
    private final WorkItem[] items;
    private final @Nullable Coroutine[] followers;
    private boolean inTurns;
    private boolean closing;
    private @Nullable Throwable failure;

    WorkGroup(Launch launch, NDRange range, Monitor monitor, Limits limits) {
        this.launch = launch;
        this.range = range;
        this.monitor = monitor;
        this.limits = limits;
        this.size = range.groupSize();
        this.stops = new Stop[size];
        this.items = new WorkItem[size];
        this.followers = new Coroutine[size];
    }

    NDRange range() {
        return range;
    }

    int position(int dimension) {
        return position[dimension];
    }

    /// Runs all work-items of a group.
    void run(int x, int y, int z) {
        position[0] = x;
        position[1] = y;
        position[2] = z;
        localArrays.clear();
        localBytes = 0;
        monitor.group();
        runItem(0);
        if (inTurns) {
            stops[0] = Stop.END;
            resumeFollowers();
            inTurns = false;
        } else {
            for (int i = 1; i < size; i++) {
                runItem(i);
            }
        }
        monitor.groupEnded();
    }

    private void runItem(int number) {
        WorkItem item = new WorkItem(this, number);
        items[number] = item;
        monitor.running(item);
        launch.runItem(item);
    }

    /// A work-item has come to a barrier.
    void barrier(WorkItem item, Fence fence) {
        int number = item.number();
        if (size > 1) {
            Stop here = fence == Fence.LOCAL ? Stop.LOCAL_BARRIER : Stop.GLOBAL_BARRIER;
            if (number == 0) {
                stops[0] = here;
                inTurns = true;
                resumeFollowers();
            } else if (inTurns) {
                stop(number, here);
                if (closing) {
                    throw new Abandoned();
                }
            } else {
                stops[0] = Stop.END;
                stops[number] = here;
                throw divergence(number);
            }
        }
        if (number == 0) {
            monitor.barrier(fence);
        }
        monitor.running(item);
    }

    /// The leader lets every other work-item run until it stops.
    private void resumeFollowers() {
        for (int i = 1; i < size; i++) {
            if (followers[i] == null) {
                followers[i] = follower(i);
            }
            followers[i].resume();
            if (failure != null) {
                throw rethrown(failure);
            }
        }
        for (int i = 1; i < size; i++) {
            if (stops[i] != stops[0]) {
                throw divergence(i);
            }
            if (stops[0] != Stop.END && items[i].barrier() != items[0].barrier()) {
                throw otherBarrier(i);
            }
        }
    }

    /// The same work-item of one group after the other.
    private Coroutine follower(int number) {
        return Coroutine.of(
                () -> {
                    try {
                        while (!closing) {
                            runItem(number);
                            stop(number, Stop.END);
                        }
                    } catch (Abandoned e) {
                        // The group has failed; there is nothing left to do.
                    } catch (Throwable e) {
                        failure = e;
                    }
                });
    }

    private void stop(int number, Stop where) {
        stops[number] = where;
        followers[number].stop();
    }

    /// Ends the followers, wherever they stand.
    @Override
    public void close() {
        closing = true;
        for (int i = 1; i < size && followers[i] != null; i++) {
            if (!followers[i].hasEnded()) {
                followers[i].resume();
            }
        }
    }

    /// The n-th local array of the group: allocated by the first work-item that asks for it.
    <A> A localArray(WorkItem item, int n, Class<A> type, int length) {
        if (n == localArrays.size()) {
            Object made = garbage(type, length);
            localArrays.add(made);
            monitor.localMemory().add(made, length);
            localBytes += length * elementBytes(type);
            if (localBytes > limits.localMemoryBytes()) {
                throw finding(Kind.LOCAL_MEMORY, item)
                        .saying(
                                "brings the group's local memory to "
                                        + localBytes
                                        + " bytes; devices may have no more than "
                                        + limits.localMemoryBytes()
                                        + " (-Dtornadogpt.emulator.localMemory)");
            }
        }
        Object array = localArrays.get(n);
        if (!type.isInstance(array) || Array.getLength(array) != length) {
            throw finding(Kind.LOCAL_MEMORY, item)
                    .saying(
                            "allocates as local array number "
                                    + n
                                    + " "
                                    + describe(type, length)
                                    + ", but another work-item of its group "
                                    + describe(array.getClass(), Array.getLength(array))
                                    + ". All work-items allocate the same arrays in the same"
                                    + " order");
        }
        return type.cast(array);
    }

    private static String describe(Class<?> type, int length) {
        return type.getComponentType().getSimpleName() + "[" + length + "]";
    }

    /// Local memory holds garbage at first, as it does on a device.
    private static Object garbage(Class<?> type, int length) {
        Object array = Array.newInstance(type.getComponentType(), length);
        switch (array) {
            case float[] a -> Arrays.fill(a, Float.NaN);
            case double[] a -> Arrays.fill(a, Double.NaN);
            default -> {} // a number of rounds made of garbage would keep the emulator busy
        }
        return array;
    }

    private static int elementBytes(Class<?> arrayType) {
        Class<?> element = arrayType.getComponentType();
        if (element == byte.class) {
            return Byte.BYTES;
        }
        if (element == int.class || element == float.class) {
            return Integer.BYTES;
        }
        return element == long.class || element == double.class ? Long.BYTES : Short.BYTES;
    }

    private EmulatorFinding divergence(int number) {
        return finding(Kind.BARRIER, new WorkItem(this, number))
                .saying(
                        "and work-item "
                                + new WorkItem(this, 0)
                                + " do not come to the same barriers: for the first, "
                                + stops[number].text
                                + ", while for the second, "
                                + stops[0].text
                                + ". Every work-item of a group must reach every barrier: no"
                                + " return before it, none inside an if");
    }

    private EmulatorFinding otherBarrier(int number) {
        String here = items[number].barrierLines();
        String there = items[0].barrierLines();
        return finding(Kind.BARRIER, items[number])
                .saying(
                        "waits at the barrier in "
                                + here
                                + ", while work-item "
                                + items[0]
                                + " waits at "
                                + (here.equals(there) ? "another one there" : "that in " + there)
                                + ". Every work-item of a group must come to the same barrier:"
                                + " put one behind the if, instead of one into each branch");
    }

    private EmulatorFinding.Builder finding(Kind kind, WorkItem item) {
        return EmulatorFinding.of(kind).kernel(monitor.kernelName()).workItem(item.toString());
    }

    private static RuntimeException rethrown(Throwable failure) {
        return switch (failure) {
            case Error e -> throw e;
            case RuntimeException e -> e;
            default -> new IllegalStateException(failure);
        };
    }
}
