package io.tornadogpt.trainer.metrics;

import com.fasterxml.jackson.core.JsonProcessingException;

import io.tornadogpt.core.files.AtomicFile;
import io.tornadogpt.core.files.Storage;
import io.tornadogpt.core.files.WriteException;
import io.tornadogpt.trainer.data.DataFileException;
import io.tornadogpt.trainer.json.StrictMapper;

import org.jspecify.annotations.Nullable;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/// A file of one JSON object a line, each of a step: appends to it, and reads it.
///
/// A line counts once its line feed is written: a last line without one is what a crash left, and
/// is passed over by readers and cut by the next writer. Steps rise from line to line.
///
/// Used by one thread at a time.
///
/// @param <E> what a line holds
public final class StepLog<E extends StepEntry> implements AutoCloseable {
    private final Storage storage;
    private final Path path;
    private final Storage.Output output;
    private long length;

    private StepLog(Storage storage, Path path, long length) throws IOException {
        this.storage = storage;
        this.path = path;
        this.output = storage.append(path, length);
        this.length = length;
    }

    /// Opens a log to append to it, and makes it where there is none.
    public static <E extends StepEntry> StepLog<E> append(Path path) throws IOException {
        return append(Storage.DISK, path);
    }

    /// As above, on another disk.
    public static <E extends StepEntry> StepLog<E> append(Storage storage, Path path)
            throws IOException {
        return new StepLog<>(storage, path, Files.exists(path) ? wholeLines(path) : 0);
    }

    /// Writes a line; other processes see it at once.
    public void write(E entry) throws IOException {
        var line = new ByteArrayOutputStream();
        line.write(StrictMapper.JSON.writeValueAsBytes(entry));
        line.write('\n');
        try {
            output.writeAll(ByteBuffer.wrap(line.toByteArray()));
        } catch (IOException e) {
            throw WriteException.of(storage, path, line.size(), e);
        }
        length += line.size();
    }

    /// Bytes of all lines.
    public long length() {
        return length;
    }

    /// Forces all lines to disk, as a checkpoint needs that counts on them.
    public void force() throws IOException {
        try {
            output.force();
        } catch (IOException e) {
            throw WriteException.of(storage, path, length, e);
        }
    }

    @Override
    public void close() throws IOException {
        output.close();
    }

    /// All lines of a log.
    ///
    /// @param type what a line holds
    /// @throws DataFileException naming the line that is not as written here
    public static <E extends StepEntry> List<E> read(Path path, Class<E> type) throws IOException {
        List<E> all = new ArrayList<>();
        try (var lines = new Lines<>(path, type)) {
            for (E entry = lines.next(); entry != null; entry = lines.next()) {
                all.add(entry);
            }
        }
        return all;
    }

    /// Cuts what lies behind a step, whole or not at all: what a run does that goes on from that
    /// step's checkpoint. Lines that stay keep their bytes. Does nothing where there is no log.
    public static <E extends StepEntry> void cutAfter(Path path, Class<E> type, int lastStep)
            throws IOException {
        cutAfter(Storage.DISK, path, type, lastStep);
    }

    /// As above, on another disk.
    public static <E extends StepEntry> void cutAfter(
            Storage storage, Path path, Class<E> type, int lastStep) throws IOException {
        if (!Files.exists(path)) {
            return;
        }
        try (var lines = new Lines<>(path, type);
                var kept = AtomicFile.begin(storage, path)) {
            for (E entry = lines.next();
                    entry != null && entry.step() <= lastStep;
                    entry = lines.next()) {
                kept.output().writeAll(ByteBuffer.wrap(lines.bytes()));
            }
            kept.commit();
        }
    }

    /// Cuts what lies behind the first bytes of a log. Whatever is there was written later, and may
    /// not be whole.
    ///
    /// @param length of lines that were forced to disk
    /// @return false, and nothing is done, where the log does not end a line there
    public static boolean cutAt(Storage storage, Path path, long length) throws IOException {
        if (!Files.exists(path) || !endsLine(path, length)) {
            return false;
        }
        storage.append(path, length).close();
        return true;
    }

    private static boolean endsLine(Path path, long length) throws IOException {
        try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
            var last = ByteBuffer.allocate(1);
            return channel.size() >= length
                    && (length == 0
                            || (channel.read(last, length - 1) == 1 && last.get(0) == '\n'));
        }
    }

    /// Length of a log up to its last line feed.
    private static long wholeLines(Path path) throws IOException {
        try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
            var last = ByteBuffer.allocate(1);
            for (long end = channel.size(); end > 0; end--) {
                channel.read(last.clear(), end - 1);
                if (last.get(0) == '\n') {
                    return end;
                }
            }
            return 0;
        }
    }

    /// The whole lines of a log, one by one.
    private static final class Lines<E extends StepEntry> implements AutoCloseable {
        private final Path path;
        private final Class<E> type;
        private final InputStream in;
        private final ByteArrayOutputStream line = new ByteArrayOutputStream();
        private int number;
        private int lastStep = Integer.MIN_VALUE;

        Lines(Path path, Class<E> type) throws IOException {
            this.path = path;
            this.type = type;
            this.in = new BufferedInputStream(Files.newInputStream(path), 1 << 16);
        }

        /// The next line's entry, or null behind the last whole line.
        @Nullable E next() throws IOException {
            line.reset();
            int b;
            do {
                b = in.read();
                if (b < 0) {
                    return null;
                }
                line.write(b);
            } while (b != '\n');
            number++;
            E entry = parse();
            if (entry.step() <= lastStep) {
                throw bad("has step %d after step %d".formatted(entry.step(), lastStep), null);
            }
            lastStep = entry.step();
            return entry;
        }

        private E parse() throws IOException {
            try {
                return StrictMapper.read(line.toByteArray(), type);
            } catch (JsonProcessingException e) {
                throw bad("is not as expected (" + StrictMapper.reason(e) + ")", e);
            }
        }

        private DataFileException bad(String problem, @Nullable Throwable cause) {
            return new DataFileException(
                    path,
                    "line " + number,
                    problem,
                    "repair or remove the file, or write to another directory",
                    cause);
        }

        /// The bytes of the line that was read last, with its line feed.
        byte[] bytes() {
            return line.toByteArray();
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
