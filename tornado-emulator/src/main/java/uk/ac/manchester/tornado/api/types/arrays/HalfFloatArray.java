package uk.ac.manchester.tornado.api.types.arrays;

import io.tornadogpt.emulator.engine.Shadow;

import org.jspecify.annotations.Nullable;

import uk.ac.manchester.tornado.api.types.HalfFloat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Objects;

/// An array of `HalfFloat` outside the heap.
public final class HalfFloatArray extends TornadoNativeArray {

    private static final int BYTES = Short.BYTES;

    /// What new memory of the device holds: NaN.
    private static final byte GARBAGE = (byte) 0xFF;

    /// An array of zeros.
    public HalfFloatArray(int numberOfElements) {
        super(numberOfElements, BYTES);
    }

    /// The elements of several arrays in a row.
    public HalfFloatArray(HalfFloatArray... arrays) {
        super(Arrays.stream(arrays).mapToInt(HalfFloatArray::getSize).sum(), BYTES);
        copyFrom(arrays);
    }

    private HalfFloatArray(MemorySegment segmentWithHeader) {
        super(segmentWithHeader, BYTES);
    }

    private HalfFloatArray(HalfFloatArray host, @Nullable Shadow shadow) {
        super(host.getSize(), BYTES, shadow);
        getSegment().fill(GARBAGE);
    }

    @Override
    HalfFloatArray onDevice(@Nullable Shadow watcher) {
        return new HalfFloatArray(this, watcher);
    }

    /// Copies a Java array.
    public static HalfFloatArray fromArray(HalfFloat[] values) {
        HalfFloatArray array = new HalfFloatArray(values.length);
        for (int i = 0; i < values.length; i++) {
            array.set(i, values[i]);
        }
        return array;
    }

    /// Copies values.
    public static HalfFloatArray fromElements(HalfFloat... values) {
        return fromArray(values);
    }

    /// Copies memory that holds elements only.
    public static HalfFloatArray fromSegment(MemorySegment segment) {
        HalfFloatArray array = new HalfFloatArray(elements(segment.byteSize(), BYTES));
        array.getSegment().copyFrom(segment);
        return array;
    }

    /// Wraps memory that begins with an array header.
    public static HalfFloatArray fromSegmentShallow(MemorySegment segment) {
        return new HalfFloatArray(segment);
    }

    /// Sets every element.
    public static void initialize(HalfFloatArray array, HalfFloat value) {
        array.init(value);
    }

    /// The elements of several arrays in a row.
    public static HalfFloatArray concat(HalfFloatArray... arrays) {
        return new HalfFloatArray(arrays);
    }

    /// A copy in a Java array.
    public HalfFloat[] toHeapArray() {
        HalfFloat[] values = new HalfFloat[size];
        Arrays.setAll(values, this::get);
        return values;
    }

    /// A copy of the elements' bits.
    public short[] toShortArray() {
        return readAll().toArray(ValueLayout.JAVA_SHORT);
    }

    /// Sets an element.
    public void set(int index, HalfFloat value) {
        if (writes(index)
                && segment.get(ValueLayout.JAVA_SHORT, offset(index))
                        != value.getHalfFloatValue()) {
            throw differs(index);
        }
        segment.set(ValueLayout.JAVA_SHORT, offset(index), value.getHalfFloatValue());
    }

    /// An element.
    public HalfFloat get(int index) {
        reads(index);
        return new HalfFloat(segment.get(ValueLayout.JAVA_SHORT, offset(index)));
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
    public void init(HalfFloat value) {
        for (int i = 0; i < size; i++) {
            set(i, value);
        }
    }

    /// A copy of some elements.
    public HalfFloatArray slice(int offset, int length) {
        Objects.checkFromIndexSize(offset, length, size);
        return fromSegment(readAll().asSlice((long) offset * BYTES, (long) length * BYTES));
    }
}
