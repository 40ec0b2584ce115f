package io.tornadogpt.core.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

final class DirectoryLockTest {
    @TempDir Path folder;

    @Test
    void directoryIsTakenOnceAndLeftWithoutATrace() throws IOException {
        try (DirectoryLock _ = DirectoryLock.take(folder).orElseThrow()) {
            assertTrue(DirectoryLock.take(folder).isEmpty());
            assertTrue(DirectoryLock.take(folder.resolve("..").resolve(folder)).isEmpty());
            assertEquals(Optional.of(ProcessHandle.current().pid()), DirectoryLock.holder(folder));
        }
        assertFalse(Files.exists(folder.resolve(DirectoryLock.FILE)));
        DirectoryLock.take(folder).orElseThrow().close();
        assertFalse(Files.exists(folder.resolve(DirectoryLock.FILE)));
    }

    @Test
    void whatAKilledProcessLeftIsTaken() throws Exception {
        Process other = holder();
        assertTrue(DirectoryLock.take(folder).isEmpty());
        assertEquals(Optional.of(other.pid()), DirectoryLock.holder(folder));
        other.destroyForcibly().waitFor();
        assertTrue(Files.exists(folder.resolve(DirectoryLock.FILE)));
        DirectoryLock.take(folder).orElseThrow().close();
    }

    /// The lock must outlive attempts of its own process, which would take it away if they opened
    /// the file.
    @Test
    void attemptsOfTheHolderDoNotLetOthersIn() throws Exception {
        try (DirectoryLock _ = DirectoryLock.take(folder).orElseThrow()) {
            assertTrue(DirectoryLock.take(folder).isEmpty());
            DirectoryLock.holder(folder);
            Process other = start();
            assertEquals("busy", said(other));
            assertEquals(0, other.waitFor());
        }
        Process other = holder();
        other.destroyForcibly().waitFor();
    }

    @Test
    void neverTwoThreadsHoldItHoweverOftenItIsGivenBack() throws Exception {
        var inside = new AtomicInteger();
        Callable<Integer> work =
                () -> {
                    int taken = 0;
                    for (int i = 0; i < 200; i++) {
                        Optional<DirectoryLock> lock = DirectoryLock.take(folder);
                        if (lock.isPresent()) {
                            assertEquals(1, inside.incrementAndGet());
                            taken++;
                            inside.decrementAndGet();
                            lock.get().close();
                        }
                    }
                    return taken;
                };
        try (var threads = Executors.newFixedThreadPool(4)) {
            int taken = 0;
            for (Future<Integer> one :
                    threads.invokeAll(IntStream.range(0, 4).mapToObj(i -> work).toList())) {
                taken += one.get();
            }
            assertTrue(taken > 0);
        }
    }

    @Test
    void directoryThatIsNotThereIsNotTaken() {
        assertThrows(NoSuchFileException.class, () -> DirectoryLock.take(folder.resolve("absent")));
    }

    private Process holder() throws IOException {
        Process process = start();
        assertEquals("held", said(process));
        return process;
    }

    private static String said(Process process) throws IOException {
        BufferedReader out = process.inputReader();
        return out.readLine();
    }

    private Process start() throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("jdk.module.path", "")
                                + java.io.File.pathSeparator
                                + System.getProperty("java.class.path")
                                + java.io.File.pathSeparator
                                + Path.of("target/classes").toAbsolutePath()
                                + java.io.File.pathSeparator
                                + Path.of("target/test-classes").toAbsolutePath(),
                        Holder.class.getName(),
                        folder.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /// Another process: holds the directory until it is killed.
    static final class Holder {
        private Holder() {}

        public static void main(String[] args) throws Exception {
            if (DirectoryLock.take(Path.of(args[0])).isEmpty()) {
                System.out.println("busy");
                return;
            }
            System.out.println("held");
            Thread.sleep(60_000);
        }
    }
}
