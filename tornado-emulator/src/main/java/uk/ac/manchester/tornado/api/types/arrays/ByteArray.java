package uk.ac.manchester.tornado.api.types.arrays;

import io.tornadogpt.emulator.engine.Shadow;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;

/// An array of `byte` outside the heap.
public final class ByteArray extends TornadoNativeArray {

    private static final int BYTES = Byte.BYTES;

    /// What new memory of the device holds.
    private static final byte GARBAGE = (byte) 0x6B;

    /// An array of zeros.
    public ByteArray(int numberOfElements) {
        super(numberOfElements, BYTES);
    }

    /// The elements of several arrays in a row.
    public ByteArray(ByteArray... arrays) {
        super(Arrays.stream(arrays).mapToInt(ByteArray::getSize).sum(), BYTES);
        copyFrom(arrays);
    }

    private ByteArray(MemorySegment segmentWithHeader) {
        super(segmentWithHeader, BYTES);
    }

    private ByteArray(ByteArray host, @Nullable Shadow shadow) {
        super(host.getSize(), BYTES, shadow);
        getSegment().fill(GARBAGE);
    }

    @Override
    ByteArray onDevice(@Nullable Shadow watcher) {
        return new ByteArray(this, watcher);
    }

    /// Copies a Java array.
    public static ByteArray fromArray(byte[] values) {
        ByteArray array = new ByteArray(values.length);
        MemorySegment.copy(values, 0, array.getSegment(), ValueLayout.JAVA_BYTE, 0, values.length);
        return array;
    }

    /// Copies values.
    public static ByteArray fromElements(byte... values) {
        return fromArray(values);
    }

    /// Copies memory that holds elements only.
    public static ByteArray fromSegment(MemorySegment segment) {
        ByteArray array = new ByteArray(elements(segment.byteSize(), BYTES));
        array.getSegment().copyFrom(segment);
        return array;
    }

    /// Wraps memory that begins with an array header.
    public static ByteArray fromSegmentShallow(MemorySegment segment) {
        return new ByteArray(segment);
    }

    /// Copies the remaining elements of a buffer.
    public static ByteArray fromByteBuffer(ByteBuffer buffer) {
        ByteArray array = new ByteArray(buffer.remaining());
        array.getSegment().copyFrom(MemorySegment.ofBuffer(buffer));
        return array;
    }

    /// Sets every element.
    public static void initialize(ByteArray array, byte value) {
        array.init(value);
    }

    /// The elements of several arrays in a row.
    public static ByteArray concat(ByteArray... arrays) {
        return new ByteArray(arrays);
    }

    /// A copy in a Java array.
    public byte[] toHeapArray() {
        return readAll().toArray(ValueLayout.JAVA_BYTE);
    }

    /// Sets an element.
    public void set(int index, byte value) {
        if (writes(index) && segment.get(ValueLayout.JAVA_BYTE, offset(index)) != value) {
            throw differs(index);
        }
        segment.set(ValueLayout.JAVA_BYTE, offset(index), value);
    }

    /// An element.
    public byte get(int index) {
        reads(index);
        return segment.get(ValueLayout.JAVA_BYTE, offset(index));
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
    public void init(byte value) {
        for (int i = 0; i < size; i++) {
            set(i, value);
        }
    }

    /// A copy of some elements.
    public ByteArray slice(int offset, int length) {
        Objects.checkFromIndexSize(offset, length, size);
        return fromSegment(readAll().asSlice((long) offset * BYTES, (long) length * BYTES));
    }
}
