package io.tornadogpt.core.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;

/// What a save that failed says.
class WriteExceptionTest {
    @TempDir Path folder;

    private String message(long needed, IOException e) {
        IOException said = WriteException.of(Storage.DISK, folder.resolve("model"), needed, e);
        assertSame(e, said.getCause());
        assertEquals(folder.resolve("model"), ((WriteException) said).target());
        return said.getMessage();
    }

    @Test
    void fullDiskNamesPathCauseNeededAndFree() {
        String message =
                message(5000, new FileSystemException("a/b", null, "No space left on device"));
        assertTrue(
                message.matches(
                        ".*model could not be saved \\(No space left on device: a/b\\); it needs"
                                + " 4\\.9 KiB, and [0-9.]+ [KMGT]iB are free there: free space or"
                                + " check the disk, and resume"),
                message);
    }

    @Test
    void directoryThatMayNotBeWrittenNamesNeededAndFreeToo() {
        String message = message(5000, new AccessDeniedException("a/b"));
        assertTrue(
                message.matches(
                        ".*model could not be saved \\(permission denied: a/b\\); it needs 4\\.9"
                                + " KiB, and [0-9.]+ [KMGT]iB are free there: check owner and"
                                + " permissions of the directory, and resume"),
                message);
    }

    @Test
    void neededIsLeftOutWhereItIsNotKnown() {
        String message = message(0, new IOException("first line\nsecond"));
        assertTrue(
                message.matches(
                        ".*model could not be saved \\(first line\\); [0-9.]+ [KMGT]iB are free"
                                + " there: free space or check the disk, and resume"),
                message);
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1 bytes",
        "1023, 1023 bytes",
        "1024, 1.0 KiB",
        "1048576, 1.0 MiB",
        "1073741824, 1.0 GiB",
        "1099511627776, 1.0 TiB",
        "1125899906842624, 1024.0 TiB"
    })
    void bytesAreNumbersForPeople(long needed, String written) {
        String message = message(needed, new IOException("x"));
        assertTrue(message.contains("it needs " + written + ", and "), message);
    }

    @Test
    void whatIsSaidAlreadyIsNotSaidAgain() {
        IOException first = WriteException.of(Storage.DISK, folder, 1, new IOException("x"));
        assertSame(first, WriteException.of(Storage.DISK, folder.resolve("y"), 2, first));
        var damaged = new ModelFileException(folder, "the file", "is damaged", "use another");
        assertSame(damaged, WriteException.of(Storage.DISK, folder, 2, damaged));
    }
}
