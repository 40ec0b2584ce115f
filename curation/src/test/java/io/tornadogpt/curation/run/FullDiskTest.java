package io.tornadogpt.curation.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.files.Storage;
import io.tornadogpt.core.files.WriteException;
import io.tornadogpt.curation.Recipe;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

class FullDiskTest {
    @TempDir private Path folder;

    /// The machine's own disk with room for some bytes.
    private static final class FullDisk implements Storage {
        private long room;

        FullDisk(long room) {
            this.room = room;
        }

        private void take(Path file, long bytes) throws IOException {
            room -= bytes;
            if (room < 0) {
                throw new FileSystemException(file.toString(), null, "No space left on device");
            }
        }

        private Output counted(Path file, Output output) {
            return new Output() {
                @Override
                public int write(ByteBuffer bytes) throws IOException {
                    take(file, bytes.remaining());
                    return output.write(bytes);
                }

                @Override
                public void write(ByteBuffer bytes, long position) throws IOException {
                    take(file, bytes.remaining());
                    output.write(bytes, position);
                }

                @Override
                public void force() throws IOException {
                    output.force();
                }

                @Override
                public boolean isOpen() {
                    return output.isOpen();
                }

                @Override
                public void close() throws IOException {
                    output.close();
                }
            };
        }

        @Override
        public Output create(Path file) throws IOException {
            return counted(file, DISK.create(file));
        }

        @Override
        public Output append(Path file, long size) throws IOException {
            return counted(file, DISK.append(file, size));
        }

        @Override
        public void createDirectory(Path directory) throws IOException {
            DISK.createDirectory(directory);
        }

        @Override
        public void rename(Path from, Path to) throws IOException {
            DISK.rename(from, to);
        }

        @Override
        public void delete(Path path) throws IOException {
            DISK.delete(path);
        }

        @Override
        public void forceDirectory(Path directory) throws IOException {
            DISK.forceDirectory(directory);
        }

        @Override
        public long usableBytes(Path path) {
            return Math.max(0, room);
        }
    }

    private Curation curation(Path in, String out, Recipe recipe) {
        return new Curation(
                List.of(in),
                folder.resolve(out),
                recipe,
                null,
                new LocalEngine(2),
                new CurationListener() {},
                () -> false);
    }

    /// Whenever the disk is full: the run says so, nothing stands where the result will be, and
    /// with room again it ends as if nothing had happened.
    @Test
    void aFullDiskLosesNothing() throws IOException {
        var random = new Random(3);
        var rows = new StringBuilder();
        for (int i = 0; i < 40; i++) {
            rows.append(Corpus.row(Corpus.prose(random, 12)));
        }
        Path in = Files.writeString(folder.resolve("a.jsonl"), rows);
        Recipe recipe =
                Recipe.parse(
                                "{\"steps\":[\"privateData\",\"exactDuplicates\","
                                        + "\"paragraphDuplicates\",\"heldOut\"]}")
                        .with("reading.shardBytes=10000");
        curation(in, "whole", recipe).run();
        int failed = 0;
        for (long room = 100; room < 200_000; room = room * 3) {
            String out = "out" + room;
            Curation curation = curation(in, out, recipe);
            try {
                curation.run(new FullDisk(room));
            } catch (IOException e) {
                failed++;
                assertTrue(e instanceof WriteException, e.toString());
                assertTrue(String.valueOf(e.getMessage()).contains("free space"), e.toString());
                assertFalse(Files.exists(folder.resolve(out)));
                curation.run();
            }
            assertEquals(Corpus.sums(folder.resolve("whole")), Corpus.sums(folder.resolve(out)));
        }
        assertTrue(failed > 3, failed + " failed");
        assertThrows(WriteException.class, () -> curation(in, "none", recipe).run(new FullDisk(0)));
    }
}
