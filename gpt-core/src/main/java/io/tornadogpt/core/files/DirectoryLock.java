package io.tornadogpt.core.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/// Keeps a directory for one writer: a file `.lock` in it that the operating system holds for this
/// process. It is given back with [#close()], and by the system when the process ends, however it
/// ends: a process that was killed leaves an empty claim, which the next one takes.
///
/// The file holds the number of the process, for messages.
///
/// Safe for use by several threads.
public final class DirectoryLock implements AutoCloseable {
    /// The file in the directory.
    public static final String FILE = ".lock";

    /// Directories that this process holds. The system holds its locks for processes, and takes
    /// them from one that closes the file a second time, so the file must not be opened again here.
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    /// Sizes, of a file with nothing in it, are drawn below this one.
    private static final long LARGEST_MARK = 1 << 20;

    private final Path directory;
    private final Path file;
    private final FileChannel channel;

    private DirectoryLock(Path directory, Path file, FileChannel channel) {
        this.directory = directory;
        this.file = file;
        this.channel = channel;
    }

    /// Takes a directory that exists.
    ///
    /// @return empty where another process, or another part of this one, holds it
    public static Optional<DirectoryLock> take(Path directory) throws IOException {
        Path real = directory.toRealPath();
        if (!HELD.add(real)) {
            return Optional.empty();
        }
        boolean taken = false;
        try {
            Optional<DirectoryLock> lock = take(real, real.resolve(FILE));
            taken = lock.isPresent();
            return lock;
        } finally {
            if (!taken) {
                HELD.remove(real);
            }
        }
    }

    /// The number of the process that holds a directory; empty where it is not known.
    public static Optional<Long> holder(Path directory) throws IOException {
        Path real = directory.toRealPath();
        if (HELD.contains(real)) {
            return Optional.of(ProcessHandle.current().pid());
        }
        try {
            String pid = Files.readString(real.resolve(FILE), StandardCharsets.US_ASCII).strip();
            return pid.matches("\\d{1,18}") ? Optional.of(Long.parseLong(pid)) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty(); // it is only told
        }
    }

    private static Optional<DirectoryLock> take(Path real, Path file) throws IOException {
        while (true) {
            var channel =
                    FileChannel.open(
                            file,
                            Set.of(
                                    StandardOpenOption.CREATE,
                                    StandardOpenOption.WRITE,
                                    LinkOption.NOFOLLOW_LINKS));
            boolean kept = false;
            try {
                FileLock lock = channel.tryLock();
                if (lock == null) {
                    return Optional.empty();
                }
                if (isStill(file, channel)) {
                    kept = true;
                    return Optional.of(new DirectoryLock(real, file, signed(channel)));
                }
            } finally {
                if (!kept) {
                    channel.close();
                }
            }
        }
    }

    private static FileChannel signed(FileChannel channel) throws IOException {
        byte[] pid = (ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII);
        channel.truncate(0);
        channel.write(ByteBuffer.wrap(pid), 0);
        return channel;
    }

    /// Whether the file that was locked still stands under its name: the holder before may have
    /// deleted it between our opening and locking it, and then another one may be there. No call
    /// tells what file a channel is on, so it is given a size by which it is known.
    private static boolean isStill(Path file, FileChannel channel) throws IOException {
        long size = ThreadLocalRandom.current().nextLong(1, LARGEST_MARK);
        channel.truncate(0);
        channel.write(ByteBuffer.allocate(1), size - 1);
        try {
            return Files.size(file) == size;
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    /// Gives the directory back, and takes the file away.
    @Override
    public void close() throws IOException {
        if (!channel.isOpen()) {
            return;
        }
        try {
            Files.deleteIfExists(file); // while it is still ours
        } finally {
            channel.close();
            HELD.remove(directory);
        }
    }
}
