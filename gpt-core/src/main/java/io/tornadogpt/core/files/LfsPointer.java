package io.tornadogpt.core.files;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// The few lines of text that stand in for a large file in a clone that was made without Git LFS.
///
/// Such a file begins with the version of its format, and names the hash and the size of the file
/// that it stands for (git-lfs, docs/spec.md).
public final class LfsPointer {
    /// What is wrong with the file, as [BadFileException] wants it.
    public static final String PROBLEM =
            "is a Git LFS pointer, which only names the real file's hash and size";

    /// What to do about it.
    public static final String REMEDY =
            "fetch the real file with `git lfs install` and `git lfs pull` in that folder, or"
                    + " download it again";

    private static final String START = "version https://git-lfs";
    private static final String HASH = "\noid sha256:";
    private static final int LONGEST = 1024;

    private LfsPointer() {}

    /// Whether a file is a pointer.
    public static boolean is(Path file) throws IOException {
        if (!Files.isRegularFile(file) || Files.size(file) > LONGEST) {
            return false;
        }
        return is(Files.readAllBytes(file));
    }

    /// Whether these are a pointer's bytes, all of them.
    public static boolean is(byte[] start) {
        if (start.length > LONGEST) {
            return false;
        }
        var text = new String(start, StandardCharsets.ISO_8859_1);
        return text.startsWith(START) && text.contains(HASH);
    }

    /// Refuses a pointer.
    static void refuse(Path file) throws IOException {
        if (is(file)) {
            throw new ModelFileException(file, "the file", PROBLEM, REMEDY);
        }
    }
}
