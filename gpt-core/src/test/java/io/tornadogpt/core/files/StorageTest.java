package io.tornadogpt.core.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// What is done to a disk when something is saved, in which order, and what is left where it fails.
class StorageTest {
    @TempDir Path folder;

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }

    /// The machine's disk, with a list of what was asked of it. One of the calls may fail.
    private final class Listed implements Storage {
        private final List<String> calls = new ArrayList<>();
        private final String failing;
        private long usable = Long.MAX_VALUE;

        Listed(String failing) {
            this.failing = failing;
        }

        private void call(String what, Path path) throws IOException {
            String name = folder.relativize(path).toString();
            calls.add((what + " " + name).strip());
            if (calls.getLast().equals(failing)) {
                throw new FileSystemException(path.toString(), null, "Input/output error");
            }
        }

        @Override
        public Output create(Path file) throws IOException {
            call("create", file);
            Output to = DISK.create(file);
            return new Output() {
                @Override
                public int write(ByteBuffer bytes) throws IOException {
                    call("write", file);
                    return to.write(bytes);
                }

                @Override
                public void write(ByteBuffer bytes, long position) throws IOException {
                    call("write at " + position, file);
                    to.write(bytes, position);
                }

                @Override
                public void force() throws IOException {
                    call("force", file);
                    to.force();
                }

                @Override
                public boolean isOpen() {
                    return to.isOpen();
                }

                @Override
                public void close() throws IOException {
                    to.close();
                }
            };
        }

        @Override
        public Output append(Path file, long size) throws IOException {
            call("append", file);
            return DISK.append(file, size);
        }

        @Override
        public void createDirectory(Path directory) throws IOException {
            call("make", directory);
            DISK.createDirectory(directory);
        }

        @Override
        public void rename(Path from, Path to) throws IOException {
            call("rename", from);
            DISK.rename(from, to);
        }

        @Override
        public void delete(Path path) throws IOException {
            call("delete", path);
            DISK.delete(path);
        }

        @Override
        public void forceDirectory(Path directory) throws IOException {
            call("names", directory);
            DISK.forceDirectory(directory);
        }

        @Override
        public long usableBytes(Path path) {
            return usable;
        }
    }

    private Set<String> left() throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(path -> !path.equals(folder))
                    .map(path -> folder.relativize(path).toString())
                    .collect(java.util.stream.Collectors.toSet());
        }
    }

    @Test
    void fileIsForcedBeforeItGetsItsNameAndTheNameAfter() throws IOException {
        var disk = new Listed("");
        AtomicFile.write(disk, folder.resolve("a"), new byte[3]);
        assertEquals(
                List.of(
                        "create .a.partial",
                        "write .a.partial",
                        "force .a.partial",
                        "rename .a.partial",
                        "names"),
                disk.calls);
        assertEquals(Set.of("a"), left());
    }

    @Test
    void fileThatCouldNotBeWrittenLeavesTheOneBefore() throws IOException {
        Path target = Files.writeString(folder.resolve("a"), "old");
        for (String failing :
                List.of(
                        "create .a.partial",
                        "write .a.partial",
                        "force .a.partial",
                        "rename .a.partial")) {
            var disk = new Listed(failing);
            var e =
                    assertThrows(
                            WriteException.class,
                            () -> AtomicFile.write(disk, target, new byte[2000]));
            assertTrue(e.getMessage().contains("it needs 2.0 KiB, "), e.getMessage());
            assertEquals(target, e.target());
            assertEquals("old", Files.readString(target));
            assertEquals(Set.of("a"), left());
        }
    }

    @Test
    void outputOfAFileTellsHowMuchWasToBeWritten() throws IOException {
        var disk = new Listed("write at 4096 .a.partial");
        try (var file = AtomicFile.begin(disk, folder.resolve("a"))) {
            assertEquals(folder.resolve(".a.partial"), file.partial());
            assertTrue(file.output().isOpen());
            file.output().write(bytes("abc"));
            file.output().write(bytes("d"), 1);
            assertEquals("adc", Files.readString(file.partial()));
            var e = assertThrows(WriteException.class, () -> file.output().write(bytes("x"), 4096));
            assertTrue(e.getMessage().contains("it needs 4.0 KiB, "), e.getMessage());
            assertFalse(Files.exists(folder.resolve("a")));
        }
        assertEquals(Set.of(), left());
    }

    @Test
    void directoryIsWrittenForcedSealedAndMovedInThisOrder() throws IOException {
        Path target = Files.createDirectory(folder.resolve("d"));
        Files.writeString(target.resolve("old"), "old");
        var disk = new Listed("");
        try (var directory = AtomicDirectory.begin(disk, target, 100)) {
            directory.write("in/a", FileContent.of(new byte[3]));
            directory.write("in/b", FileContent.of(new byte[3]));
            directory.commit();
        }
        assertEquals(
                List.of(
                        "make .d.partial",
                        "make .d.partial/in",
                        "create .d.partial/in/a",
                        "write .d.partial/in/a",
                        "force .d.partial/in/a",
                        "create .d.partial/in/b",
                        "write .d.partial/in/b",
                        "force .d.partial/in/b",
                        "names .d.partial/in",
                        "names .d.partial",
                        "create .d.partial/SHA256SUMS",
                        "write .d.partial/SHA256SUMS",
                        "force .d.partial/SHA256SUMS",
                        "names .d.partial",
                        "rename .d.partial",
                        "names",
                        "rename d",
                        "names",
                        "rename .d.ready",
                        "names",
                        "rename .d.previous",
                        "names",
                        "delete .d.discarded/old",
                        "delete .d.discarded"),
                disk.calls);
        assertEquals(Set.of("d", "d/in", "d/in/a", "d/in/b", "d/SHA256SUMS"), left());
    }

    @Test
    void directoryThatCouldNotBeWrittenLeavesTheOneBefore() throws IOException {
        Path target = Files.createDirectory(folder.resolve("d"));
        Files.writeString(target.resolve("old"), "old");
        for (String failing :
                List.of(
                        "make .d.partial",
                        "create .d.partial/a",
                        "write .d.partial/a",
                        "force .d.partial/a",
                        "names .d.partial",
                        "create .d.partial/SHA256SUMS",
                        "write .d.partial/SHA256SUMS",
                        "force .d.partial/SHA256SUMS",
                        "rename .d.partial")) {
            var disk = new Listed(failing);
            var e =
                    assertThrows(
                            WriteException.class,
                            () -> {
                                try (var directory = AtomicDirectory.begin(disk, target, 3)) {
                                    directory.write("a", FileContent.of(new byte[2000]));
                                    directory.commit();
                                }
                            },
                            failing);
            assertTrue(e.getMessage().startsWith(target + " could not be"), e.getMessage());
            assertEquals(Set.of("d", "d/old"), left(), failing);
        }
    }

    @Test
    void fileThatIsNotAsItWasWrittenIsNotCommitted() throws IOException {
        Path target = folder.resolve("d");
        try (var directory = AtomicDirectory.begin(target)) {
            directory.write("a", FileContent.of(new byte[3]));
            Files.writeString(directory.path().resolve("a"), "abc");
            var e = assertThrows(ModelFileException.class, directory::commit);
            assertTrue(e.getMessage().contains("its SHA-256 differs"), e.getMessage());
        }
        assertEquals(Set.of(), left());
    }

    @Test
    void whatCannotFitIsRefusedBeforeAnythingIsWritten() throws IOException {
        var disk = new Listed("");
        disk.usable = 1000;
        Path target = folder.resolve("d");
        var e = assertThrows(WriteException.class, () -> AtomicDirectory.begin(disk, target, 1001));
        assertTrue(e.getMessage().contains("the disk has not enough room"), e.getMessage());
        assertTrue(
                e.getMessage().contains("it needs 1001 bytes, and 1000 bytes are free there"),
                e.getMessage());
        assertEquals(List.of(), disk.calls);
        AtomicDirectory.begin(disk, target, 1000).close();
        assertEquals(Set.of(), left());
    }

    @Test
    void namesOfDirectoriesThatAreMadeAreForced() throws IOException {
        var disk = new Listed("");
        AtomicDirectory.createAll(disk, folder.resolve("a/b"));
        assertEquals(List.of("make a", "names", "make a/b", "names a"), disk.calls);
        AtomicDirectory.createAll(disk, folder.resolve("a/b"));
        assertEquals(4, disk.calls.size());
        Files.writeString(folder.resolve("file"), "");
        assertThrows(
                FileAlreadyExistsException.class,
                () -> AtomicDirectory.createAll(disk, folder.resolve("file")));
    }

    @Test
    void recoveryTouchesOnlyWhatIsOurs() throws IOException {
        for (String name :
                List.of(
                        ".mine.partial",
                        ".mine.previous",
                        ".other.partial",
                        ".mine.else",
                        "mine")) {
            Files.writeString(folder.resolve(name), name);
        }
        Files.createDirectory(folder.resolve(".dir.ready"));
        AtomicDirectory.recoverAll(
                Storage.DISK, folder, name -> name.equals("mine") || name.equals("dir"));
        assertEquals(Set.of(".other.partial", ".mine.else", "mine", "dir"), left());
        AtomicDirectory.recoverAll(Storage.DISK, folder.resolve("missing"), name -> true);
        Path mine = folder.resolve("dir");
        assertFalse(AtomicDirectory.isUnsettled(mine));
        Files.createDirectory(folder.resolve(".dir.previous"));
        assertTrue(AtomicDirectory.isUnsettled(mine));
        AtomicDirectory.recover(mine);
        assertFalse(AtomicDirectory.isUnsettled(mine));
        AtomicDirectory.delete(Storage.DISK, mine);
        AtomicDirectory.delete(Storage.DISK, mine);
        assertFalse(Files.exists(mine));
    }

    @Test
    void diskWritesWhereItIsTold() throws IOException {
        Path file = folder.resolve("a");
        try (Storage.Output out = Storage.DISK.create(file)) {
            out.writeAll(bytes("abcdef"));
            out.write(bytes("XY"), 2);
            out.force();
            assertTrue(out.isOpen());
        }
        assertEquals("abXYef", Files.readString(file));
        try (Storage.Output out = Storage.DISK.append(file, 3)) {
            out.writeAll(bytes("-"));
        }
        assertEquals("abX-", Files.readString(file));
        try (Storage.Output out = Storage.DISK.create(file)) {
            out.writeAll(bytes("z"));
        }
        assertEquals("z", Files.readString(file));
        long free = Storage.DISK.usableBytes(folder.resolve("not/there/yet"));
        assertTrue(free > 0);
        assertThrows(IOException.class, () -> Storage.DISK.forceDirectory(folder.resolve("none")));
    }
}
