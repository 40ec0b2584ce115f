package io.tornadogpt.core.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

final class AtomicDirectoryTest {
    /// The process ends here: nothing that comes later in the code happens.
    private static final class Crash extends Error {}

    @TempDir Path parent;

    @Test
    void committedDirectoryReplacesTheEarlierOneWhole() throws IOException {
        Path target = parent.resolve("last");
        write(target, "old");
        Files.writeString(target.resolve("only-in-old"), "x");
        write(target, "new");
        assertHolds(target, "new");
        assertFalse(Files.exists(target.resolve("only-in-old")));
        assertEquals(List.of(target), siblings());
    }

    @Test
    void uncommittedDirectoryLeavesNoTrace() throws IOException {
        Path target = parent.resolve("last");
        write(target, "old");
        try (var directory = AtomicDirectory.begin(target)) {
            fill(directory.path(), "new");
        }
        assertHolds(target, "old");
        assertEquals(List.of(target), siblings());
    }

    @Test
    void crashWhileWritingLeavesTheOldOne() throws IOException {
        Path target = parent.resolve("last");
        write(target, "old");
        fill(AtomicDirectory.begin(target).path(), "half");
        AtomicDirectory.recover(target);
        assertHolds(target, "old");
        write(target, "new");
        assertHolds(target, "new");
        assertEquals(List.of(target), siblings());
    }

    @ParameterizedTest
    @EnumSource(AtomicDirectory.Move.class)
    void crashAfterAnyMoveOfReplacingLeavesTheNewOne(AtomicDirectory.Move last) throws IOException {
        Path target = parent.resolve("last");
        write(target, "old");
        crashAfter(last, target);
        assertTrue(holdsWhole(target) || !Files.exists(target), "never half a directory");
        AtomicDirectory.recover(target);
        assertHolds(target, "new");
        AtomicDirectory.recover(target);
        assertHolds(target, "new");
        write(target, "newer");
        assertHolds(target, "newer");
        assertEquals(List.of(target), siblings());
    }

    @Test
    void crashWhileTheFirstOneIsMovedLeavesIt() throws IOException {
        Path target = parent.resolve("last");
        crashAfter(AtomicDirectory.Move.NEW_IS_READY, target);
        assertFalse(Files.exists(target));
        AtomicDirectory.recover(target);
        assertHolds(target, "new");
    }

    @Test
    void crashDuringRecoveryIsRecoveredToo() throws IOException {
        Path target = parent.resolve("last");
        write(target, "old");
        crashAfter(AtomicDirectory.Move.NEW_IS_READY, target);
        crashAfterBegin(AtomicDirectory.Move.OLD_IS_ASIDE, target);
        AtomicDirectory.recover(target);
        assertHolds(target, "new");
        assertEquals(List.of(target), siblings());
    }

    @Test
    void recoveringWhatNeverWasDoesNothing() throws IOException {
        AtomicDirectory.recover(parent.resolve("absent"));
        assertEquals(List.of(), siblings());
    }

    @Test
    void fileAppearsWholeOrNotAtAll() throws IOException {
        Path target = parent.resolve("file.json");
        AtomicFile.write(target, new byte[] {1});
        try (var file = AtomicFile.begin(target)) {
            file.output().writeAll(java.nio.ByteBuffer.wrap(new byte[] {2, 2}));
            assertEquals(1, Files.size(target));
        }
        assertEquals(List.of(target), siblings());
        AtomicFile.write(target, new byte[] {3, 3, 3});
        assertEquals(3, Files.size(target));
    }

    private static void crashAfter(AtomicDirectory.Move last, Path target) throws IOException {
        var directory = AtomicDirectory.begin(target, crashAt(last));
        fill(directory.path(), "new");
        assertThrows(Crash.class, directory::commit);
    }

    private static void crashAfterBegin(AtomicDirectory.Move last, Path target) {
        assertThrows(Crash.class, () -> AtomicDirectory.begin(target, crashAt(last)));
    }

    private static java.util.function.Consumer<AtomicDirectory.Move> crashAt(
            AtomicDirectory.Move last) {
        return move -> {
            if (move == last) {
                throw new Crash();
            }
        };
    }

    private static void write(Path target, String contents) throws IOException {
        try (var directory = AtomicDirectory.begin(target)) {
            fill(directory.path(), contents);
            directory.commit();
        }
    }

    private static void fill(Path directory, String contents) throws IOException {
        Files.writeString(directory.resolve("a"), contents);
        Files.createDirectory(directory.resolve("sub"));
        Files.writeString(directory.resolve("sub").resolve("b"), contents);
    }

    private static boolean holdsWhole(Path target) throws IOException {
        return Files.exists(target)
                && Files.readString(target.resolve("a"))
                        .equals(Files.readString(target.resolve("sub/b")));
    }

    private static void assertHolds(Path target, String contents) throws IOException {
        assertEquals(contents, Files.readString(target.resolve("a")));
        assertEquals(contents, Files.readString(target.resolve("sub").resolve("b")));
    }

    private List<Path> siblings() throws IOException {
        try (var files = Files.list(parent)) {
            return files.toList();
        }
    }
}
