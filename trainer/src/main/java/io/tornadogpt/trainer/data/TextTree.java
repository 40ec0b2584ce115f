package io.tornadogpt.trainer.data;

import io.tornadogpt.core.files.LfsPointer;
import io.tornadogpt.trainer.data.PassedOver.Reason;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;

/// The text files below a folder, and what else there is. Symbolic links are followed.
final class TextTree extends SimpleFileVisitor<Path> {
    private static final int SNIFFED_BYTES = 8192;

    private final Path root;
    private final List<Path> files = new ArrayList<>();
    private final List<PassedOver> passedOver = new ArrayList<>();

    private TextTree(Path root) {
        this.root = root;
    }

    /// Looks through a folder and at the start of each file.
    static TextTree of(Path root) throws IOException {
        var tree = new TextTree(root);
        if (Files.exists(root)) {
            var follow = EnumSet.of(FileVisitOption.FOLLOW_LINKS);
            Files.walkFileTree(root, follow, Integer.MAX_VALUE, tree);
        }
        tree.files.sort(Comparator.comparing(tree::name));
        tree.passedOver.sort(Comparator.comparing(PassedOver::name));
        return tree;
    }

    /// Text files, in the order of their names.
    List<Path> files() {
        return files;
    }

    /// All else, in the order of its names.
    List<PassedOver> passedOver() {
        return passedOver;
    }

    @Override
    public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes)
            throws IOException {
        if (isHidden(folder)) {
            pass(folder, Reason.HIDDEN);
            return FileVisitResult.SKIP_SUBTREE;
        }
        return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
        if (isHidden(file)) {
            pass(file, Reason.HIDDEN);
        } else if (attributes.isSymbolicLink()) {
            pass(file, Reason.BROKEN_LINK);
        } else if (!attributes.isRegularFile()) {
            pass(file, Reason.SPECIAL);
        } else {
            look(file);
        }
        return FileVisitResult.CONTINUE;
    }

    private void look(Path file) throws IOException {
        byte[] start;
        try {
            start = start(file);
        } catch (AccessDeniedException e) {
            pass(file, Reason.UNREADABLE);
            return;
        }
        if (TextEncoding.ofMark(start) != null) {
            pass(file, Reason.OTHER_ENCODING);
        } else if (firstZero(start) >= 0) {
            pass(file, Reason.BINARY);
        } else if (LfsPointer.is(start)) {
            pass(file, Reason.LFS_POINTER);
        } else {
            files.add(file);
        }
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
        if (file.equals(root)) {
            throw e;
        }
        switch (e) {
            case AccessDeniedException _ -> pass(file, Reason.UNREADABLE);
            case FileSystemLoopException _ -> pass(file, Reason.LOOP);
            default -> throw e;
        }
        return FileVisitResult.CONTINUE;
    }

    private void pass(Path file, Reason reason) {
        passedOver.add(new PassedOver(name(file), reason));
    }

    private boolean isHidden(Path file) {
        Path last = file.getFileName();
        return !file.equals(root) && last != null && last.toString().startsWith(".");
    }

    private String name(Path file) {
        return root.relativize(file).toString().replace('\\', '/');
    }

    /// The bytes that a file begins with.
    static byte[] start(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(SNIFFED_BYTES);
        }
    }

    /// Offset of a zero byte, or -1.
    static int firstZero(byte... start) {
        for (int i = 0; i < start.length; i++) {
            if (start[i] == 0) {
                return i;
            }
        }
        return -1;
    }
}
