package io.tornadogpt.emulator.engine;

import org.jspecify.annotations.Nullable;

import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

import java.util.Objects;

/// The door to what the array classes do not show the public: making an array that stands for
/// memory of the device, and finding an array's shadow. The array classes install themselves.
public final class DeviceArrays {

    /// What the array classes offer.
    public interface Access {
        /// A new array of the type and size of another, full of garbage, watched by a shadow.
        TornadoNativeArray onDevice(TornadoNativeArray host, @Nullable Shadow shadow);

        /// The shadow that watches an array; none watches arrays of the host.
        @Nullable Shadow shadow(TornadoNativeArray array);

        /// Tells an array of the host that the device has newer elements, or no longer has.
        void outdated(TornadoNativeArray host, @Nullable Outdated by);
    }

    private static @Nullable Access access;

    private DeviceArrays() {}

    /// Called once by the array classes.
    public static void install(Access arrays) {
        access = arrays;
    }

    /// Reports an atomic operation on an element, before it is carried out.
    public static void atomic(TornadoNativeArray array, int index) {
        Shadow shadow = shadow(array);
        if (shadow != null) {
            shadow.atomic(index);
        } else {
            Objects.checkIndex(index, array.getSize());
        }
    }

    static TornadoNativeArray onDevice(TornadoNativeArray host, @Nullable Shadow shadow) {
        return installed().onDevice(host, shadow);
    }

    static void outdated(TornadoNativeArray host, @Nullable Outdated by) {
        installed().outdated(host, by);
    }

    static @Nullable Shadow shadow(Object argument) {
        return argument instanceof TornadoNativeArray array ? installed().shadow(array) : null;
    }

    private static Access installed() {
        if (access == null) {
            throw new IllegalStateException("no array exists yet");
        }
        return access;
    }
}
