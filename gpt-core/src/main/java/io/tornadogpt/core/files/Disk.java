package io.tornadogpt.core.files;

import org.jspecify.annotations.Nullable;

import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;

/// What it takes for written bytes and names to be on the disk, not on their way there.
final class Disk {
    private static final boolean WINDOWS = File.separatorChar == '\\';

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

    /// Forces the names in a directory to disk. Windows has no such call and needs none.
    static void forceDirectory(Path directory) throws IOException {
        if (!WINDOWS) {
            try (var channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    /// Forces all files below a directory to disk, then the directories that hold them.
    static void forceTree(Path root) throws IOException {
        Files.walkFileTree(
                root,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                            throws IOException {
                        if (attributes.isRegularFile()) {
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
                        forceDirectory(directory);
                        return FileVisitResult.CONTINUE;
                    }
                });
    }

    /// Deletes a directory and all below it; symbolic links are deleted, not followed.
    static void deleteTree(Path root) throws IOException {
        if (!Files.exists(root)) {
            return;
        }
        Files.walkFileTree(
                root,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                            throws IOException {
                        Files.delete(file);
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult postVisitDirectory(
                            Path directory, @Nullable IOException e) throws IOException {
                        if (e != null) {
                            throw e;
                        }
                        Files.delete(directory);
                        return FileVisitResult.CONTINUE;
                    }
                });
    }
}
