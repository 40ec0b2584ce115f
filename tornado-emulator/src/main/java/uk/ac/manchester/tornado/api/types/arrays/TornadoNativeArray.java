package uk.ac.manchester.tornado.api.types.arrays;

import io.tornadogpt.emulator.EmulatorFinding;
import io.tornadogpt.emulator.engine.DeviceArrays;
import io.tornadogpt.emulator.engine.Outdated;
import io.tornadogpt.emulator.engine.Shadow;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/// An array outside the heap: a header that begins with the number of elements, and the elements.
///
/// An array of the host stands alone. While a task runs, its kernel gets another array in its
/// place, which stands for memory of the device and whose shadow watches every access.
public abstract sealed class TornadoNativeArray
        permits ByteArray, DoubleArray, FloatArray, HalfFloatArray, IntArray, LongArray {

    /// The bytes before the first element.
    public static final long ARRAY_HEADER = Long.getLong("tornado.panama.objectHeader", 16L);

    static {
        DeviceArrays.install(
                new DeviceArrays.Access() {
                    @Override
                    public TornadoNativeArray onDevice(
                            TornadoNativeArray host, @Nullable Shadow shadow) {
                        return host.onDevice(shadow);
                    }

                    @Override
                    public @Nullable Shadow shadow(TornadoNativeArray array) {
                        return array.shadow;
                    }

                    @Override
                    public void outdated(TornadoNativeArray host, @Nullable Outdated by) {
                        host.outdated = by;
                    }
                });
    }

    final MemorySegment segment;
    final int size;
    final @Nullable Shadow shadow;
    private @Nullable Outdated outdated;

    TornadoNativeArray(int size, int elementBytes) {
        this(size, elementBytes, null);
    }

    TornadoNativeArray(int size, int elementBytes, @Nullable Shadow shadow) {
        if (size < 0) {
            throw new IllegalArgumentException("an array of " + size + " elements");
        }
        long bytes = ARRAY_HEADER + (long) size * elementBytes;
        this.segment = Arena.ofAuto().allocate(bytes, Long.BYTES);
        this.size = size;
        this.shadow = shadow;
        segment.set(ValueLayout.JAVA_INT, 0, size);
    }

    TornadoNativeArray(MemorySegment segmentWithHeader, int elementBytes) {
        this.segment = segmentWithHeader;
        this.size = elements(segmentWithHeader.byteSize() - ARRAY_HEADER, elementBytes);
        this.shadow = null;
        segment.set(ValueLayout.JAVA_INT, 0, size);
    }

    static int elements(long bytes, int elementBytes) {
        if (bytes < 0 || bytes % elementBytes != 0) {
            throw new IllegalArgumentException(
                    bytes + " bytes are no whole number of elements of " + elementBytes + " bytes");
        }
        return Math.toIntExact(bytes / elementBytes);
    }

    final void copyFrom(TornadoNativeArray... arrays) {
        long at = 0;
        for (TornadoNativeArray array : arrays) {
            long bytes = array.getNumBytesOfSegment();
            MemorySegment.copy(array.getSegment(), 0, getSegment(), at, bytes);
            at += bytes;
        }
    }

    /// An element is about to be read.
    final void reads(int index) {
        if (shadow != null) {
            shadow.read(index);
        } else {
            Objects.checkIndex(index, size);
            if (outdated != null) {
                outdated.read(index);
            }
        }
    }

    /// All elements are about to be read.
    final MemorySegment readAll() {
        if (outdated != null) {
            outdated.readAll(size);
        }
        return segment.asSlice(ARRAY_HEADER);
    }

    /// An element is about to be written. True if it must stay the same, or else is [#differs].
    final boolean writes(int index) {
        if (shadow != null) {
            return shadow.write(index);
        }
        Objects.checkIndex(index, size);
        if (outdated != null) {
            outdated.write(index);
        }
        return false;
    }

    /// The finding that an element that must stay the same would not.
    final EmulatorFinding differs(int index) {
        if (shadow == null) {
            throw new IllegalStateException("no task runs");
        }
        return shadow.differs(index);
    }

    abstract TornadoNativeArray onDevice(@Nullable Shadow watcher);

    /// The number of elements.
    public int getSize() {
        return size;
    }

    /// The memory of the elements. What the host does with it is not watched.
    public MemorySegment getSegment() {
        outdated = null;
        return segment.asSlice(ARRAY_HEADER);
    }

    /// The memory of header and elements.
    public MemorySegment getSegmentWithHeader() {
        return segment;
    }

    /// The bytes of header and elements.
    public long getNumBytesOfSegmentWithHeader() {
        return segment.byteSize();
    }

    /// The bytes of the elements.
    public long getNumBytesOfSegment() {
        return segment.byteSize() - ARRAY_HEADER;
    }

    /// Sets every element to zero.
    protected abstract void clear();

    /// The bytes of an element.
    public abstract int getElementSize();
}
