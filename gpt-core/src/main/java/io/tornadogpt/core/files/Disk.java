package io.tornadogpt.core.files;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Set;

/// What it takes for written bytes and names to be on the disk, not on their way there.
final class Disk {
    private Disk() {}

    /// The directory that holds `path`.
    static Path parent(Path path) throws IOException {
        Path parent = path.toAbsolutePath().normalize().getParent();
        if (parent == null) {
            throw new IOException(
                    path + " has no directory around it; name a file or folder in one");
        }
        return parent;
    }

    /// `.NAME.STATE` beside `path`: on the same file system, and hidden from who lists models.
    static Path sibling(Path path, String state) throws IOException {
        Path name = path.toAbsolutePath().normalize().getFileName();
        return parent(path).resolve("." + name + "." + state);
    }

    /// Forces all files below a directory to disk, then the directories that hold them.
    ///
    /// @param forced names of files in the directory that are on the disk already
    static void forceTree(Storage storage, Path root, Set<String> forced) throws IOException {
        Files.walkFileTree(
                root,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                            throws IOException {
                        boolean done =
                                file.equals(root.resolve(file.getFileName()))
                                        && forced.contains(file.getFileName().toString());
                        if (attributes.isRegularFile() && !done) {
                            try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                                channel.force(true);
                            }
                        }
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult postVisitDirectory(
                            Path directory, @Nullable IOException e) throws IOException {
                        if (e != null) {
                            throw e;
                        }
                        storage.forceDirectory(directory);
                        return FileVisitResult.CONTINUE;
                    }
                });
    }

    /// Deletes a directory and all below it; symbolic links are deleted, not followed.
    static void deleteTree(Storage storage, Path root) throws IOException {
        if (!Files.exists(root, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Files.walkFileTree(
                root,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                            throws IOException {
                        storage.delete(file);
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult postVisitDirectory(
                            Path directory, @Nullable IOException e) throws IOException {
                        if (e != null) {
                            throw e;
                        }
                        storage.delete(directory);
                        return FileVisitResult.CONTINUE;
                    }
                });
    }
}
