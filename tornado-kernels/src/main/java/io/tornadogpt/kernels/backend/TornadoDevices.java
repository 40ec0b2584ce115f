package io.tornadogpt.kernels.backend;

import io.tornadogpt.core.backend.DeviceException;
import io.tornadogpt.kernels.backend.DeviceLayout.DeviceArray;

import uk.ac.manchester.tornado.api.TornadoBackend;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.TornadoRuntime;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.runtime.TornadoRuntimeProvider;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// TornadoVM's devices, and what must be so before one is used.
final class TornadoDevices {
    /// Work-items of the kernels' largest group.
    private static final long GROUP = 256;

    /// Bytes of local memory that the kernels of attention take.
    private static final long LOCAL_MEMORY = 32 << 10;

    /// The most elements of an array. TornadoVM runs a `@Parallel` loop over n elements with n
    /// work-items, each of which then steps n elements on: with more, that step overflows an `int`,
    /// and a kernel would write in front of its arrays.
    private static final int MOST_ELEMENTS = 1 << 30;

    /// The most bytes of an array of bytes, over which no loop runs: what an `int` counts.
    private static final int MOST_BYTES = Integer.MAX_VALUE;

    private static final long GIB = 1L << 30;

    private TornadoDevices() {}

    /// Whether the `tornado.api` of this JVM is the emulator's.
    static boolean emulated() {
        return TornadoExecutionPlan.class.getResource(
                        "/io/tornadogpt/emulator/EmulatorFinding.class")
                != null;
    }

    /// The device that TornadoVM puts first.
    static TornadoDevice first() {
        return runtime().getDefaultDevice();
    }

    private static TornadoRuntime runtime() {
        if (emulated()) {
            return TornadoRuntimeProvider.getTornadoRuntime();
        }
        requireProperties();
        try {
            TornadoRuntime runtime = TornadoRuntimeProvider.getTornadoRuntime();
            if (devices(runtime) > 0) {
                return runtime;
            }
        } catch (RuntimeException | LinkageError e) {
            throw new DeviceException(
                    "TornadoVM could not start: %s; a driver is missing, or a file in the SDK's folder lib; docs/tornadovm.md says what it needs"
                            .formatted(reason(e)),
                    e);
        }
        throw new DeviceException(
                "TornadoVM finds no device here; docs/tornadovm.md says which drivers it needs");
    }

    private static int devices(TornadoRuntime runtime) {
        int devices = 0;
        for (int b = 0; b < runtime.getNumBackends(); b++) {
            devices += runtime.getBackend(b).getNumDevices();
        }
        return devices;
    }

    /// The sentence of the first cause, without what TornadoVM says that it will do then.
    private static String reason(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return DeviceFailure.plain(cause)
                .replaceFirst("^\\[(ERROR|WARNING)] ", "")
                .replaceFirst("(\\. Deoptimizing to sequential execution)?\\.?$", "");
    }

    /// TornadoVM's defaults run a kernel that does not compile as sequential Java, with wrong
    /// results, cut long graphs off, and compile some kernels for SPIR-V without end.
    private static void requireProperties() {
        require("tornado.recover.bailout", "False");
        require("tornado.tvm.maxbytecodesize", "1000000");
        require("tornado.opencl.compiler.flags", "-cl-mad-enable");
        require("tornado.spirv.loadstore", "False");
    }

    private static void require(String property, String value) {
        String actual = System.getProperty(property);
        if (!value.equals(actual)) {
            throw new DeviceException(
                    ("-D%s is %s, but results are only right with %s; start with -D%s=%s, or use"
                                    + " ./gpt, which does")
                            .formatted(
                                    property,
                                    actual == null ? "not given" : actual,
                                    value,
                                    property,
                                    value));
        }
    }

    /// Every device: how it is chosen, and what it is.
    static List<String> list() {
        var lines = new ArrayList<String>();
        TornadoRuntime runtime = runtime();
        for (int b = 0; b < runtime.getNumBackends(); b++) {
            List<TornadoDevice> devices = runtime.getBackend(b).getAllDevices();
            for (int d = 0; d < devices.size(); d++) {
                lines.add(
                        "%s:%d %s"
                                .formatted(
                                        kind(runtime.getBackend(b)), d, details(devices.get(d))));
            }
        }
        return lines;
    }

    /// The devices of the same backend that have the same name, as they are chosen.
    static List<String> alike(TornadoDevice device) {
        var choices = new ArrayList<String>();
        TornadoRuntime runtime = runtime();
        for (int b = 0; b < runtime.getNumBackends(); b++) {
            List<TornadoDevice> devices = runtime.getBackend(b).getAllDevices();
            for (int d = 0; d < devices.size(); d++) {
                if (describe(devices.get(d)).equals(describe(device))) {
                    choices.add("%s:%d".formatted(kind(runtime.getBackend(b)), d));
                }
            }
        }
        return choices;
    }

    private static String kind(TornadoBackend backend) {
        return backend.getBackendType().name().toLowerCase(Locale.ROOT);
    }

    /// The backend of a device, as it is named to choose one.
    static String backend(TornadoDevice device) {
        return device.getTornadoVMBackend().name().toLowerCase(Locale.ROOT);
    }

    private static String details(TornadoDevice device) {
        return "%s, %.1f GiB, buffers up to %.1f GiB, groups of %d, %d KiB of local memory"
                .formatted(
                        describe(device),
                        (double) device.getMaxGlobalMemory() / GIB,
                        (double) device.getMaxAllocMemory() / GIB,
                        group(device),
                        device.getDeviceLocalMemorySize() / 1024);
    }

    static String describe(TornadoDevice device) {
        return emulated()
                ? "TornadoVM's API on the plain JVM, checked; for testing kernels, not for speed"
                : "%s, %s"
                        .formatted(
                                device.getTornadoVMBackend(),
                                device.getPhysicalDevice().getDeviceName());
    }

    private static long group(TornadoDevice device) {
        return device.getPhysicalDevice().getDeviceMaxWorkGroupSize()[0];
    }

    /// A device by its backend, `opencl`, and its number there, `opencl:1`.
    ///
    /// @throws IllegalArgumentException if there is none, naming those there are
    static TornadoDevice named(String choice) {
        int colon = choice.indexOf(':');
        String kind = colon < 0 ? choice : choice.substring(0, colon);
        String number = colon < 0 ? "0" : choice.substring(colon + 1);
        TornadoRuntime runtime = runtime();
        for (int b = 0; b < runtime.getNumBackends(); b++) {
            TornadoBackend backend = runtime.getBackend(b);
            if (kind(backend).equals(kind.toLowerCase(Locale.ROOT))
                    && number.matches("\\d{1,4}")
                    && Integer.parseInt(number) < backend.getNumDevices()) {
                return backend.getDevice(Integer.parseInt(number));
            }
        }
        throw new IllegalArgumentException(
                "TornadoVM has no device '%s' here; it has %s"
                        .formatted(choice, String.join("; ", list())));
    }

    private static void requireCountable(DeviceArray array) {
        boolean ofBytes = array.type().rounds();
        long count = ofBytes ? array.bytes() : array.elements();
        int most = ofBytes ? MOST_BYTES : MOST_ELEMENTS;
        if (count > most) {
            throw new IllegalArgumentException(
                    "%s has %d %s, but an array on the device holds at most %d; reduce the batch, the block size or the model"
                            .formatted(array.name(), count, ofBytes ? "bytes" : "elements", most));
        }
    }

    /// @throws IllegalArgumentException if a device cannot run the kernels or hold the arrays
    static void require(TornadoDevice device, DeviceLayout layout) {
        String name = describe(device);
        if (group(device) < GROUP) {
            throw new IllegalArgumentException(
                    "%s runs groups of %d work-items, but the kernels need %d; use another device"
                            .formatted(name, group(device), GROUP));
        }
        if (device.getDeviceLocalMemorySize() < LOCAL_MEMORY) {
            throw new IllegalArgumentException(
                    "%s has %d bytes of local memory, but the kernels need %d; use another device"
                            .formatted(name, device.getDeviceLocalMemorySize(), LOCAL_MEMORY));
        }
        layout.arrays().forEach(TornadoDevices::requireCountable);
        DeviceArray largest = layout.largest();
        if (largest.bytes() > device.getMaxAllocMemory()) {
            throw new IllegalArgumentException(
                    "%s takes %.2f GiB, but %s allocates at most %.2f GiB at once; reduce the batch, the block size or the model"
                            .formatted(
                                    largest.name(),
                                    (double) largest.bytes() / GIB,
                                    name,
                                    (double) device.getMaxAllocMemory() / GIB));
        }
        if (layout.bytes() > device.getMaxGlobalMemory()) {
            throw new IllegalArgumentException(
                    "the session takes %.2f GiB, but %s has %.2f GiB; reduce the batch, the block size or the model"
                            .formatted(
                                    (double) layout.bytes() / GIB,
                                    name,
                                    (double) device.getMaxGlobalMemory() / GIB));
        }
    }
}
