package io.tornadogpt.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The memory that this process has in use. Thread-safe.
final class PeakMemory {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final String HIGH_WATER_MARK = "VmHWM:";
    private static final String RESIDENT = "VmRSS:";

    private PeakMemory() {}

    /// Bytes resident at the highest, heap, code and off-heap memory together; 0 where the system
    /// does not say (it is Linux that does).
    static long bytes() {
        return read(HIGH_WATER_MARK);
    }

    /// The same as it is now.
    static long now() {
        return read(RESIDENT);
    }

    private static long read(String name) {
        if (!Files.isReadable(STATUS)) {
            return 0;
        }
        try (var lines = Files.lines(STATUS)) {
            return lines.filter(line -> line.startsWith(name))
                    .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            return 0;
        }
    }
}
