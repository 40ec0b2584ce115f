package uk.ac.manchester.tornado.api;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.tornadogpt.emulator.EmulatorFinding;
import io.tornadogpt.emulator.EmulatorFinding.Kind;
import io.tornadogpt.emulator.engine.DeviceArrays;
import io.tornadogpt.emulator.engine.Fence;
import io.tornadogpt.emulator.engine.Watch;
import io.tornadogpt.emulator.engine.WorkItem;

import org.jspecify.annotations.Nullable;

import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.DoubleArray;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.LongArray;

import java.lang.foreign.MemorySegment;

/// What a kernel knows of its work-item and its group.
///
/// The context that a program makes is a placeholder: it stands at position 0 of a group of one.
/// While a task runs, each work-item gets a context of its own in its place.
public class KernelContext {

    /// The position among all work-items, in x.
    public final Integer globalIdx;

    /// The position among all work-items, in y.
    public final Integer globalIdy;

    /// The position among all work-items, in z.
    public final Integer globalIdz;

    /// The position of the group, in x.
    public final Integer groupIdx;

    /// The position of the group, in y.
    public final Integer groupIdy;

    /// The position of the group, in z.
    public final Integer groupIdz;

    /// The position within the group, in x.
    public final Integer localIdx;

    /// The position within the group, in y.
    public final Integer localIdy;

    /// The position within the group, in z.
    public final Integer localIdz;

    /// The number of all work-items, in x.
    public final Integer globalGroupSizeX;

    /// The number of all work-items, in y.
    public final Integer globalGroupSizeY;

    /// The number of all work-items, in z.
    public final Integer globalGroupSizeZ;

    /// The number of work-items in a group, in x.
    public final Integer localGroupSizeX;

    /// The number of work-items in a group, in y.
    public final Integer localGroupSizeY;

    /// The number of work-items in a group, in z.
    public final Integer localGroupSizeZ;

    private final @Nullable WorkItem item;

    /// A placeholder to build task graphs with.
    public KernelContext() {
        globalIdx = 0;
        globalIdy = 0;
        globalIdz = 0;
        groupIdx = 0;
        groupIdy = 0;
        groupIdz = 0;
        localIdx = 0;
        localIdy = 0;
        localIdz = 0;
        globalGroupSizeX = 0;
        globalGroupSizeY = 0;
        globalGroupSizeZ = 0;
        localGroupSizeX = 0;
        localGroupSizeY = 0;
        localGroupSizeZ = 0;
        item = null;
    }

    KernelContext(WorkItem item) {
        globalIdx = item.global(0);
        globalIdy = item.global(1);
        globalIdz = item.global(2);
        groupIdx = item.group(0);
        groupIdy = item.group(1);
        groupIdz = item.group(2);
        localIdx = item.local(0);
        localIdy = item.local(1);
        localIdz = item.local(2);
        globalGroupSizeX = item.globalSize(0);
        globalGroupSizeY = item.globalSize(1);
        globalGroupSizeZ = item.globalSize(2);
        localGroupSizeX = item.localSize(0);
        localGroupSizeY = item.localSize(1);
        localGroupSizeZ = item.localSize(2);
        this.item = item;
    }

    /// Waits for the group; orders accesses to local memory.
    public void localBarrier() {
        barrier(Fence.LOCAL);
    }

    /// Waits for the group; orders accesses to buffers and local memory within the group.
    public void globalBarrier() {
        barrier(Fence.GLOBAL);
    }

    private void barrier(Fence fence) {
        if (item != null) {
            item.barrier(fence);
        }
    }

    /// An `int` array that the group shares.
    public int[] allocateIntLocalArray(int size) {
        return item == null ? new int[size] : item.localArray(int[].class, size);
    }

    /// A `byte` array that the group shares.
    public byte[] allocateByteLocalArray(int size) {
        return item == null ? new byte[size] : item.localArray(byte[].class, size);
    }

    /// A half-float array that the group shares.
    public HalfFloat[] allocateHalfFloatLocalArray(int size) {
        return item == null ? new HalfFloat[size] : item.localArray(HalfFloat[].class, size);
    }

    /// A `long` array that the group shares.
    public long[] allocateLongLocalArray(int size) {
        return item == null ? new long[size] : item.localArray(long[].class, size);
    }

    /// A `float` array that the group shares.
    public float[] allocateFloatLocalArray(int size) {
        return item == null ? new float[size] : item.localArray(float[].class, size);
    }

    /// A `double` array that the group shares.
    public double[] allocateDoubleLocalArray(int size) {
        return item == null ? new double[size] : item.localArray(double[].class, size);
    }

    /// Adds to an element of a buffer in one atomic step.
    public void atomicAdd(IntArray array, int index, int val) {
        DeviceArrays.atomic(array, index);
        MemorySegment memory = array.getSegment();
        memory.setAtIndex(JAVA_INT, index, memory.getAtIndex(JAVA_INT, index) + val);
    }

    /// Adds to an element of a local array in one atomic step.
    public void atomicAdd(int[] array, int index, int val) {
        Watch.atomic(array, index);
        array[index] += val;
    }

    /// Adds to an element of a buffer in one atomic step.
    public void atomicAdd(LongArray array, int index, long val) {
        DeviceArrays.atomic(array, index);
        MemorySegment memory = array.getSegment();
        memory.setAtIndex(JAVA_LONG, index, memory.getAtIndex(JAVA_LONG, index) + val);
    }

    /// Refused: OpenCL has no such operation, and the order of additions would be left to chance.
    public void atomicAdd(FloatArray array, int index, float val) {
        throw floatingPointAtomic();
    }

    /// Refused: OpenCL has no such operation, and the order of additions would be left to chance.
    public void atomicAdd(DoubleArray array, int index, double val) {
        throw floatingPointAtomic();
    }

    private EmulatorFinding floatingPointAtomic() {
        return EmulatorFinding.of(Kind.UNSUPPORTED)
                .workItem(item == null ? null : item.toString())
                .saying(
                        "adds to a floating-point element atomically, which OpenCL does not have"
                                + " and which gives other bits in every run. Let a second task add"
                                + " up partial sums");
    }
}
