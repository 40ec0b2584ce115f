package io.tornadogpt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// The signals that ask for a clean end, sent to this process.
@DisabledOnOs(OS.WINDOWS)
class StopSignalsTest {
    @ParameterizedTest
    @CsvSource({"INT, 130", "TERM, 143", "HUP, 129"})
    void signalAsksForACleanEnd(String name, int exitCode) throws Exception {
        assumeFalse(isIgnored(exitCode - 128), "this process was started to ignore " + name);
        var heard = new CountDownLatch(1);
        try (var signals = new StopSignals(heard::countDown)) {
            assertEquals(0, signals.exitCode());
            String pid = Long.toString(ProcessHandle.current().pid());
            assertEquals(0, new ProcessBuilder("kill", "-" + name, pid).start().waitFor());
            assertTrue(heard.await(10, TimeUnit.SECONDS), name + " was not heard");
            assertEquals(exitCode, signals.exitCode());
        }
    }

    /// A process that was started in the background ignores Ctrl-C, and one behind `nohup` SIGHUP,
    /// and Java leaves it so.
    private static boolean isIgnored(int signal) throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return false;
        }
        String mask = "SigIgn:";
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith(mask))
                .map(line -> Long.parseUnsignedLong(line.substring(mask.length()).strip(), 16))
                .anyMatch(ignored -> (ignored >>> (signal - 1) & 1) == 1);
    }

    private static void raise(String name) throws ReflectiveOperationException {
        Class<?> type = Class.forName("sun.misc.Signal");
        Object signal = type.getConstructor(String.class).newInstance(name);
        type.getMethod("raise", type).invoke(null, signal);
    }

    /// Where the second were taken for a second one, this JVM would end.
    @Test
    void signalsWithinASecondAreOne() throws Exception {
        var heard = new CountDownLatch(1);
        var stops = new AtomicInteger();
        Runnable stop =
                () -> {
                    stops.incrementAndGet();
                    heard.countDown();
                };
        try (var signals = new StopSignals(stop)) {
            raise("TERM"); // processes in the background of a shell do not hear INT
            assertTrue(heard.await(10, TimeUnit.SECONDS));
            raise("TERM");
            raise("TERM");
            Thread.sleep(200); // in which they arrive
            assertEquals(143, signals.exitCode());
            assertEquals(1, stops.get());
        }
    }
}
