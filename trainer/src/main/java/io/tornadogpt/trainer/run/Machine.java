package io.tornadogpt.trainer.run;

import com.sun.management.OperatingSystemMXBean;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.trainer.metrics.RunStart;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.stream.Stream;

/// The machine and the software that a run is computed with. Nothing that tells whose it is.
final class Machine {
    private static final Path LINUX_PROCESSORS = Path.of("/proc/cpuinfo");

    private Machine() {}

    /// The entry of a run that starts now.
    ///
    /// @param step updates done before
    /// @param threads as they were asked for, 0 for one a processor
    /// @param parameters weights of the model
    static RunStart start(int step, Backend backend, int threads, long parameters) {
        int processors = Runtime.getRuntime().availableProcessors();
        return new RunStart(
                step,
                Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
                version(),
                Runtime.version() + ", " + System.getProperty("java.vendor"),
                "%s %s, %s"
                        .formatted(
                                System.getProperty("os.name"),
                                System.getProperty("os.version"),
                                System.getProperty("os.arch")),
                processor(),
                processors,
                memory(),
                "%s (%s)".formatted(backend.name(), backend.description()),
                threads > 0 ? threads : processors,
                parameters);
    }

    /// This library's version, where it has one.
    static @Nullable String version() {
        var descriptor = Session.class.getModule().getDescriptor();
        return descriptor == null ? null : descriptor.rawVersion().orElse(null);
    }

    private static @Nullable String processor() {
        if (!Files.isReadable(LINUX_PROCESSORS)) {
            return System.getenv("PROCESSOR_IDENTIFIER"); // Windows
        }
        try (Stream<String> lines = Files.lines(LINUX_PROCESSORS)) {
            return lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse(null);
        } catch (IOException e) {
            return null; // a name is not worth a run
        }
    }

    private static long memory() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class)
                .getTotalMemorySize();
    }
}
