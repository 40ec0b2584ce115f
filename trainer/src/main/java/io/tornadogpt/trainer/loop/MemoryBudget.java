package io.tornadogpt.trainer.loop;

import com.sun.management.OperatingSystemMXBean;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.LongSupplier;

/// Refuses a run that cannot fit into memory before anything is allocated.
public final class MemoryBudget {
    /// Heap that a run takes whatever its model.
    private static final long HEAP_BASE = 24L << 20;

    /// Arrays of the largest tensor that there are at once: while weights are initialized, and
    /// while a checkpoint is written in one thread and a sample made in another.
    private static final int HEAP_COPIES = 3;

    private MemoryBudget() {}

    /// @param planned bytes that a run will allocate
    /// @throws IllegalArgumentException where fewer are to be had, saying what to reduce
    public static void require(long planned) {
        require(planned, () -> planned, available());
    }

    /// For a run that could compute activations again instead of keeping them.
    ///
    /// @param planned bytes that the run will allocate
    /// @param checkpointed bytes that it would with gradient checkpointing
    /// @throws IllegalArgumentException where fewer are to be had, saying what to change
    public static void require(long planned, LongSupplier checkpointed) {
        require(planned, checkpointed, available());
    }

    static void require(long planned, LongSupplier checkpointed, long available) {
        if (planned <= available) {
            return;
        }
        long less = checkpointed.getAsLong();
        String instead =
                less < planned
                        ? "set train.gradientCheckpointing=true, with which it needs %s, or "
                                .formatted(format(less))
                        : "";
        throw new IllegalArgumentException(
                ("the run needs %s of memory, but %s are available; %sreduce train.batchSize (and"
                                + " raise train.gradAccumulation instead), train.blockSize or the"
                                + " model")
                        .formatted(format(planned), format(available), instead));
    }

    /// Checks that Java's heap has room for what is read and written tensor by tensor.
    ///
    /// @param largestTensor bytes of the largest
    /// @throws IllegalArgumentException where it has not
    public static void requireHeap(long largestTensor) {
        requireHeap(largestTensor, Runtime.getRuntime().maxMemory());
    }

    static void requireHeap(long largestTensor, long heap) {
        long needed = HEAP_BASE + HEAP_COPIES * largestTensor;
        if (needed > heap) {
            throw new IllegalArgumentException(
                    "the run needs %s of Java's heap, which may have %s; give it more (java -Xmx%dm), or reduce the model"
                            .formatted(format(needed), format(heap), (needed >> 20) + 1));
        }
    }

    /// Bytes that this process could still get: what the system says is available, within the limit
    /// of its container.
    public static long available() {
        long free = ContainerMemory.OWN.free().orElse(Long.MAX_VALUE);
        return Math.min(free, ofSystem());
    }

    private static long ofSystem() {
        var system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        long limit = system.getTotalMemorySize();
        Path meminfo = Path.of("/proc/meminfo");
        if (Files.isReadable(meminfo)) {
            try (var lines = Files.lines(meminfo)) {
                return lines.filter(line -> line.startsWith("MemAvailable:"))
                        .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
                        .map(bytes -> Math.min(bytes, limit))
                        .findFirst()
                        .orElse(limit);
            } catch (IOException e) {
                return limit;
            }
        }
        return limit;
    }

    /// A number of bytes for people: `1.5 GiB`.
    public static String format(long bytes) {
        String[] units = {"B", "KiB", "MiB", "GiB", "TiB"};
        double value = bytes;
        int unit = 0;
        while (value >= 1024 && unit < units.length - 1) {
            value /= 1024;
            unit++;
        }
        return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
    }
}
