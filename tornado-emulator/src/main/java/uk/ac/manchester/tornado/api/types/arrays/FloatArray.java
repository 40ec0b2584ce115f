package uk.ac.manchester.tornado.api.types.arrays;

import io.tornadogpt.emulator.engine.Shadow;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Objects;

/// An array of `float` outside the heap.
public final class FloatArray extends TornadoNativeArray {

    private static final int BYTES = Float.BYTES;

    /// What new memory of the device holds: NaN.
    private static final byte GARBAGE = (byte) 0xFF;

    /// An array of zeros.
    public FloatArray(int numberOfElements) {
        super(numberOfElements, BYTES);
    }

    /// The elements of several arrays in a row.
    public FloatArray(FloatArray... arrays) {
        super(Arrays.stream(arrays).mapToInt(FloatArray::getSize).sum(), BYTES);
        copyFrom(arrays);
    }

    private FloatArray(MemorySegment segmentWithHeader) {
        super(segmentWithHeader, BYTES);
    }

    private FloatArray(FloatArray host, @Nullable Shadow shadow) {
        super(host.getSize(), BYTES, shadow);
        getSegment().fill(GARBAGE);
    }

    @Override
    FloatArray onDevice(@Nullable Shadow watcher) {
        return new FloatArray(this, watcher);
    }

    /// Copies a Java array.
    public static FloatArray fromArray(float[] values) {
        FloatArray array = new FloatArray(values.length);
        MemorySegment.copy(values, 0, array.getSegment(), ValueLayout.JAVA_FLOAT, 0, values.length);
        return array;
    }

    /// Copies values.
    public static FloatArray fromElements(float... values) {
        return fromArray(values);
    }

    /// Copies memory that holds elements only.
    public static FloatArray fromSegment(MemorySegment segment) {
        FloatArray array = new FloatArray(elements(segment.byteSize(), BYTES));
        array.getSegment().copyFrom(segment);
        return array;
    }

    /// Wraps memory that begins with an array header.
    public static FloatArray fromSegmentShallow(MemorySegment segment) {
        return new FloatArray(segment);
    }

    /// Copies the remaining elements of a buffer.
    public static FloatArray fromFloatBuffer(FloatBuffer buffer) {
        FloatArray array = new FloatArray(buffer.remaining());
        array.getSegment().copyFrom(MemorySegment.ofBuffer(buffer));
        return array;
    }

    /// Sets every element.
    public static void initialize(FloatArray array, float value) {
        array.init(value);
    }

    /// The elements of several arrays in a row.
    public static FloatArray concat(FloatArray... arrays) {
        return new FloatArray(arrays);
    }

    /// A copy in a Java array.
    public float[] toHeapArray() {
        return readAll().toArray(ValueLayout.JAVA_FLOAT);
    }

    /// Sets an element.
    public void set(int index, float value) {
        if (writes(index)
                && Float.floatToRawIntBits(segment.get(ValueLayout.JAVA_FLOAT, offset(index)))
                        != Float.floatToRawIntBits(value)) {
            throw differs(index);
        }
        segment.set(ValueLayout.JAVA_FLOAT, offset(index), value);
    }

    /// An element.
    public float get(int index) {
        reads(index);
        return segment.get(ValueLayout.JAVA_FLOAT, offset(index));
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
    public void init(float value) {
        for (int i = 0; i < size; i++) {
            set(i, value);
        }
    }

    /// A copy of some elements.
    public FloatArray slice(int offset, int length) {
        Objects.checkFromIndexSize(offset, length, size);
        return fromSegment(readAll().asSlice((long) offset * BYTES, (long) length * BYTES));
    }
}
