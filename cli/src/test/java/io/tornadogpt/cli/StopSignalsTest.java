package io.tornadogpt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// The signals that ask for a clean end, sent to this process.
@DisabledOnOs(OS.WINDOWS)
class StopSignalsTest {
    @ParameterizedTest
    @CsvSource({"INT, 130", "TERM, 143", "HUP, 129"})
    void signalAsksForACleanEnd(String name, int exitCode) throws Exception {
        var heard = new CountDownLatch(1);
        try (var signals = new StopSignals(heard::countDown)) {
            assertEquals(0, signals.exitCode());
            String pid = Long.toString(ProcessHandle.current().pid());
            assertEquals(0, new ProcessBuilder("kill", "-" + name, pid).start().waitFor());
            assertTrue(heard.await(10, TimeUnit.SECONDS), name + " was not heard");
            assertEquals(exitCode, signals.exitCode());
        }
    }
}
