package io.tornadogpt.trainer.run;

import io.tornadogpt.core.files.Storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// A disk that writes down what is done to it, and fails when it is told to.
final class FaultyStorage implements Storage {
    /// What was done, in order. Files and directories are known by the names they had then.
    sealed interface Operation {
        record Create(Path file) implements Operation {}

        record Append(Path file, long size) implements Operation {}

        record Write(Path file, long position, byte[] bytes) implements Operation {}

        record Force(Path file) implements Operation {}

        record CreateDirectory(Path directory) implements Operation {}

        record Rename(Path from, Path to) implements Operation {}

        record Delete(Path path) implements Operation {}

        record ForceDirectory(Path directory) implements Operation {}

        /// What it is done to.
        default Path path() {
            return switch (this) {
                case Create(Path file) -> file;
                case Append(Path file, long _) -> file;
                case Write(Path file, long _, byte[] _) -> file;
                case Force(Path file) -> file;
                case CreateDirectory(Path directory) -> directory;
                case Rename(Path from, Path _) -> from;
                case Delete(Path file) -> file;
                case ForceDirectory(Path directory) -> directory;
            };
        }
    }

    private final List<Operation> operations = new ArrayList<>();
    private int failAt = Integer.MAX_VALUE;
    private boolean failsOnlyOnce = true;
    private long room = Long.MAX_VALUE;
    private boolean tellsRoom;
    private Consumer<Operation> before = operation -> {};

    /// Lets one operation fail with an input/output error.
    ///
    /// @param number counts from 0
    FaultyStorage failingAt(int number) {
        failAt = number;
        return this;
    }

    /// Lets all operations from one on fail.
    FaultyStorage failingFrom(int number) {
        failAt = number;
        failsOnlyOnce = false;
        return this;
    }

    /// Has room for so many bytes, whatever is deleted.
    ///
    /// @param tells whether it says so when it is asked
    FaultyStorage withRoom(long bytes, boolean tells) {
        room = bytes;
        tellsRoom = tells;
        return this;
    }

    /// Does something before every operation.
    FaultyStorage before(Consumer<Operation> action) {
        before = action;
        return this;
    }

    synchronized List<Operation> operations() {
        return List.copyOf(operations);
    }

    private synchronized void record(Operation operation) throws IOException {
        before.accept(operation);
        int number = operations.size();
        operations.add(operation);
        if (failsOnlyOnce ? number == failAt : number >= failAt) {
            throw failure(operation, "Input/output error");
        }
    }

    /// As the machine's own disk names it.
    private static IOException failure(Operation operation, String reason) {
        return new FileSystemException(operation.path().toString(), null, reason);
    }

    @Override
    public Output create(Path file) throws IOException {
        record(new Operation.Create(file));
        return new Recorded(file, DISK.create(file), 0);
    }

    @Override
    public Output append(Path file, long size) throws IOException {
        record(new Operation.Append(file, size));
        return new Recorded(file, DISK.append(file, size), size);
    }

    @Override
    public void createDirectory(Path directory) throws IOException {
        record(new Operation.CreateDirectory(directory));
        DISK.createDirectory(directory);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        record(new Operation.Rename(from, to));
        DISK.rename(from, to);
    }

    @Override
    public void delete(Path path) throws IOException {
        record(new Operation.Delete(path));
        DISK.delete(path);
    }

    /// Is not really done: there is no power to be cut.
    @Override
    public void forceDirectory(Path directory) throws IOException {
        record(new Operation.ForceDirectory(directory));
    }

    @Override
    public long usableBytes(Path path) throws IOException {
        return tellsRoom ? room : DISK.usableBytes(path);
    }

    private final class Recorded implements Output {
        private final Path file;
        private final Output to;
        private long position;

        Recorded(Path file, Output to, long position) {
            this.file = file;
            this.to = to;
            this.position = position;
        }

        @Override
        public int write(ByteBuffer bytes) throws IOException {
            int count = bytes.remaining();
            write(bytes, position);
            position += count;
            return count;
        }

        @Override
        public void write(ByteBuffer bytes, long at) throws IOException {
            var copy = new byte[bytes.remaining()];
            bytes.get(copy);
            synchronized (FaultyStorage.this) {
                var write = new Operation.Write(file, at, copy);
                record(write);
                int fits = (int) Math.min(room, copy.length);
                to.write(ByteBuffer.wrap(copy, 0, fits), at);
                room -= fits;
                if (fits < copy.length) {
                    throw failure(write, "No space left on device");
                }
            }
        }

        @Override
        public void force() throws IOException {
            record(new Operation.Force(file));
        }

        @Override
        public boolean isOpen() {
            return to.isOpen();
        }

        @Override
        public void close() throws IOException {
            to.close();
        }
    }
}
