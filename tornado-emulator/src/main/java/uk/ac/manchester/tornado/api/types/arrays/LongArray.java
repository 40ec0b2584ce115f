package uk.ac.manchester.tornado.api.types.arrays;

import io.tornadogpt.emulator.engine.Shadow;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.Objects;

/// An array of `long` outside the heap.
public final class LongArray extends TornadoNativeArray {

    private static final int BYTES = Long.BYTES;

    /// What new memory of the device holds.
    private static final byte GARBAGE = (byte) 0x6B;

    /// An array of zeros.
    public LongArray(int numberOfElements) {
        super(numberOfElements, BYTES);
    }

    /// The elements of several arrays in a row.
    public LongArray(LongArray... arrays) {
        super(Arrays.stream(arrays).mapToInt(LongArray::getSize).sum(), BYTES);
        copyFrom(arrays);
    }

    private LongArray(MemorySegment segmentWithHeader) {
        super(segmentWithHeader, BYTES);
    }

    private LongArray(LongArray host, @Nullable Shadow shadow) {
        super(host.getSize(), BYTES, shadow);
        getSegment().fill(GARBAGE);
    }

    @Override
    LongArray onDevice(@Nullable Shadow watcher) {
        return new LongArray(this, watcher);
    }

    /// Copies a Java array.
    public static LongArray fromArray(long[] values) {
        LongArray array = new LongArray(values.length);
        MemorySegment.copy(values, 0, array.getSegment(), ValueLayout.JAVA_LONG, 0, values.length);
        return array;
    }

    /// Copies values.
    public static LongArray fromElements(long... values) {
        return fromArray(values);
    }

    /// Copies memory that holds elements only.
    public static LongArray fromSegment(MemorySegment segment) {
        LongArray array = new LongArray(elements(segment.byteSize(), BYTES));
        array.getSegment().copyFrom(segment);
        return array;
    }

    /// Wraps memory that begins with an array header.
    public static LongArray fromSegmentShallow(MemorySegment segment) {
        return new LongArray(segment);
    }

    /// Copies the remaining elements of a buffer.
    public static LongArray fromLongBuffer(LongBuffer buffer) {
        LongArray array = new LongArray(buffer.remaining());
        array.getSegment().copyFrom(MemorySegment.ofBuffer(buffer));
        return array;
    }

    /// Sets every element.
    public static void initialize(LongArray array, long value) {
        array.init(value);
    }

    /// The elements of several arrays in a row.
    public static LongArray concat(LongArray... arrays) {
        return new LongArray(arrays);
    }

    /// A copy in a Java array.
    public long[] toHeapArray() {
        return readAll().toArray(ValueLayout.JAVA_LONG);
    }

    /// Sets an element.
    public void set(int index, long value) {
        if (writes(index) && segment.get(ValueLayout.JAVA_LONG, offset(index)) != value) {
            throw differs(index);
        }
        segment.set(ValueLayout.JAVA_LONG, offset(index), value);
    }

    /// An element.
    public long get(int index) {
        reads(index);
        return segment.get(ValueLayout.JAVA_LONG, offset(index));
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
    public void init(long value) {
        for (int i = 0; i < size; i++) {
            set(i, value);
        }
    }

    /// A copy of some elements.
    public LongArray slice(int offset, int length) {
        Objects.checkFromIndexSize(offset, length, size);
        return fromSegment(readAll().asSlice((long) offset * BYTES, (long) length * BYTES));
    }
}
