package uk.ac.manchester.tornado.api.types.arrays;

import io.tornadogpt.emulator.engine.Shadow;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.IntBuffer;
import java.util.Arrays;
import java.util.Objects;

/// An array of `int` outside the heap.
public final class IntArray extends TornadoNativeArray {

    private static final int BYTES = Integer.BYTES;

    /// What new memory of the device holds.
    private static final byte GARBAGE = (byte) 0x6B;

    /// An array of zeros.
    public IntArray(int numberOfElements) {
        super(numberOfElements, BYTES);
    }

    /// The elements of several arrays in a row.
    public IntArray(IntArray... arrays) {
        super(Arrays.stream(arrays).mapToInt(IntArray::getSize).sum(), BYTES);
        copyFrom(arrays);
    }

    private IntArray(MemorySegment segmentWithHeader) {
        super(segmentWithHeader, BYTES);
    }

    private IntArray(IntArray host, @Nullable Shadow shadow) {
        super(host.getSize(), BYTES, shadow);
        getSegment().fill(GARBAGE);
    }

    @Override
    IntArray onDevice(@Nullable Shadow watcher) {
        return new IntArray(this, watcher);
    }

    /// Copies a Java array.
    public static IntArray fromArray(int[] values) {
        IntArray array = new IntArray(values.length);
        MemorySegment.copy(values, 0, array.getSegment(), ValueLayout.JAVA_INT, 0, values.length);
        return array;
    }

    /// Copies values.
    public static IntArray fromElements(int... values) {
        return fromArray(values);
    }

    /// Copies memory that holds elements only.
    public static IntArray fromSegment(MemorySegment segment) {
        IntArray array = new IntArray(elements(segment.byteSize(), BYTES));
        array.getSegment().copyFrom(segment);
        return array;
    }

    /// Wraps memory that begins with an array header.
    public static IntArray fromSegmentShallow(MemorySegment segment) {
        return new IntArray(segment);
    }

    /// Copies the remaining elements of a buffer.
    public static IntArray fromIntBuffer(IntBuffer buffer) {
        IntArray array = new IntArray(buffer.remaining());
        array.getSegment().copyFrom(MemorySegment.ofBuffer(buffer));
        return array;
    }

    /// Sets every element.
    public static void initialize(IntArray array, int value) {
        array.init(value);
    }

    /// The elements of several arrays in a row.
    public static IntArray concat(IntArray... arrays) {
        return new IntArray(arrays);
    }

    /// A copy in a Java array.
    public int[] toHeapArray() {
        return readAll().toArray(ValueLayout.JAVA_INT);
    }

    /// Sets an element.
    public void set(int index, int value) {
        if (writes(index) && segment.get(ValueLayout.JAVA_INT, offset(index)) != value) {
            throw differs(index);
        }
        segment.set(ValueLayout.JAVA_INT, offset(index), value);
    }

    /// An element.
    public int get(int index) {
        reads(index);
        return segment.get(ValueLayout.JAVA_INT, offset(index));
    }

    private static long offset(int index) {
        return ARRAY_HEADER + (long) index * BYTES;
    }

    @Override
    public void clear() {
        getSegment().fill((byte) 0);
    }

    @Override
    public int getElementSize() {
        return BYTES;
    }

    /// Sets every element.
    public void init(int value) {
        for (int i = 0; i < size; i++) {
            set(i, value);
        }
    }

    /// A copy of some elements.
    public IntArray slice(int offset, int length) {
        Objects.checkFromIndexSize(offset, length, size);
        return fromSegment(readAll().asSlice((long) offset * BYTES, (long) length * BYTES));
    }
}
