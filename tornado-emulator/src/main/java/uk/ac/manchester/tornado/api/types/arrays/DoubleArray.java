package uk.ac.manchester.tornado.api.types.arrays;

import io.tornadogpt.emulator.engine.Shadow;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.DoubleBuffer;
import java.util.Arrays;
import java.util.Objects;

/// An array of `double` outside the heap.
public final class DoubleArray extends TornadoNativeArray {

    private static final int BYTES = Double.BYTES;

    /// What new memory of the device holds: NaN.
    private static final byte GARBAGE = (byte) 0xFF;

    /// An array of zeros.
    public DoubleArray(int numberOfElements) {
        super(numberOfElements, BYTES);
    }

    /// The elements of several arrays in a row.
    public DoubleArray(DoubleArray... arrays) {
        super(Arrays.stream(arrays).mapToInt(DoubleArray::getSize).sum(), BYTES);
        copyFrom(arrays);
    }

    private DoubleArray(MemorySegment segmentWithHeader) {
        super(segmentWithHeader, BYTES);
    }

    private DoubleArray(DoubleArray host, @Nullable Shadow shadow) {
        super(host.getSize(), BYTES, shadow);
        getSegment().fill(GARBAGE);
    }

    @Override
    DoubleArray onDevice(@Nullable Shadow watcher) {
        return new DoubleArray(this, watcher);
    }

    /// Copies a Java array.
    public static DoubleArray fromArray(double[] values) {
        DoubleArray array = new DoubleArray(values.length);
        MemorySegment.copy(
                values, 0, array.getSegment(), ValueLayout.JAVA_DOUBLE, 0, values.length);
        return array;
    }

    /// Copies values.
    public static DoubleArray fromElements(double... values) {
        return fromArray(values);
    }

    /// Copies memory that holds elements only.
    public static DoubleArray fromSegment(MemorySegment segment) {
        DoubleArray array = new DoubleArray(elements(segment.byteSize(), BYTES));
        array.getSegment().copyFrom(segment);
        return array;
    }

    /// Wraps memory that begins with an array header.
    public static DoubleArray fromSegmentShallow(MemorySegment segment) {
        return new DoubleArray(segment);
    }

    /// Copies the remaining elements of a buffer.
    public static DoubleArray fromDoubleBuffer(DoubleBuffer buffer) {
        DoubleArray array = new DoubleArray(buffer.remaining());
        array.getSegment().copyFrom(MemorySegment.ofBuffer(buffer));
        return array;
    }

    /// Sets every element.
    public static void initialize(DoubleArray array, double value) {
        array.init(value);
    }

    /// The elements of several arrays in a row.
    public static DoubleArray concat(DoubleArray... arrays) {
        return new DoubleArray(arrays);
    }

    /// A copy in a Java array.
    public double[] toHeapArray() {
        return readAll().toArray(ValueLayout.JAVA_DOUBLE);
    }

    /// Sets an element.
    public void set(int index, double value) {
        if (writes(index)
                && Double.doubleToRawLongBits(segment.get(ValueLayout.JAVA_DOUBLE, offset(index)))
                        != Double.doubleToRawLongBits(value)) {
            throw differs(index);
        }
        segment.set(ValueLayout.JAVA_DOUBLE, offset(index), value);
    }

    /// An element.
    public double get(int index) {
        reads(index);
        return segment.get(ValueLayout.JAVA_DOUBLE, offset(index));
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
    public void init(double value) {
        for (int i = 0; i < size; i++) {
            set(i, value);
        }
    }

    /// A copy of some elements.
    public DoubleArray slice(int offset, int length) {
        Objects.checkFromIndexSize(offset, length, size);
        return fromSegment(readAll().asSlice((long) offset * BYTES, (long) length * BYTES));
    }
}
