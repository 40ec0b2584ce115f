package io.tornadogpt.core.files;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.Locale;

/// Something could not be saved. What was saved before is untouched. The message is one sentence
/// that names the path and the cause, the bytes needed, where they are known, and those free.
public final class WriteException extends IOException {
    private static final long serialVersionUID = 1;

    private final transient Path target;

    private WriteException(Path target, String message, Throwable cause) {
        super(message, cause);
        this.target = target;
    }

    /// Says what an error of the disk means for what was to be saved.
    ///
    /// @param target what was to be saved
    /// @param needed bytes of all of it, 0 where that is not known
    public static IOException of(Storage storage, Path target, long needed, IOException e) {
        if (e instanceof WriteException || e instanceof BadFileException) {
            return e;
        }
        String what = "%s could not be saved (%s); ".formatted(target, reason(e));
        String room = "%s are free there".formatted(free(storage, target));
        if (needed > 0) {
            room = "it needs %s, and ".formatted(format(needed)) + room;
        }
        String next =
                e instanceof AccessDeniedException
                        ? ": check owner and permissions of the directory, and resume"
                        : ": free space or check the disk, and resume";
        return new WriteException(target, what + room + next, e);
    }

    private static String free(Storage storage, Path target) {
        try {
            return format(storage.usableBytes(target));
        } catch (IOException e) {
            return "an unknown number of bytes";
        }
    }

    private static String reason(IOException e) {
        String what =
                switch (e) {
                    case AccessDeniedException _ -> "permission denied";
                    case FileSystemException f when f.getReason() != null -> f.getReason();
                    default -> String.valueOf(e.getMessage()).lines().findFirst().orElse("");
                };
        String file = e instanceof FileSystemException f ? f.getFile() : null;
        return file == null ? what : what + ": " + file;
    }

    /// What could not be saved.
    public Path target() {
        return target;
    }

    private static String format(long bytes) {
        String[] units = {"bytes", "KiB", "MiB", "GiB", "TiB"};
        double value = bytes;
        int unit = 0;
        while (value >= 1024 && unit < units.length - 1) {
            value /= 1024;
            unit++;
        }
        return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
    }
}
