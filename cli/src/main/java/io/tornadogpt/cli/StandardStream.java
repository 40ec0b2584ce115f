package io.tornadogpt.cli;

import org.jspecify.annotations.Nullable;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/// Standard output or standard error, and whether it could be written to.
///
/// After the first failure nothing more is written: who reads a part of a text must not take it for
/// all of it.
final class StandardStream extends OutputStream {
    /// The exit code of a program that a closed pipe ends, 128 and the number of SIGPIPE.
    static final int CLOSED_PIPE = 141;

    private static final String BROKEN = "Broken pipe";

    private final OutputStream out;
    private final boolean process;
    private volatile @Nullable IOException failure;

    StandardStream(FileDescriptor descriptor) {
        this(new FileOutputStream(descriptor), true);
    }

    /// @param process whether it is the standard output of this process
    StandardStream(OutputStream out, boolean process) {
        this.out = out;
        this.process = process;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        if (failure != null) {
            throw failure;
        }
        try {
            out.write(bytes, offset, length);
        } catch (IOException e) {
            failure = e;
            throw e;
        }
    }

    @Override
    public void flush() throws IOException {
        out.flush();
    }

    /// Why it could not be written to, null where it could.
    @Nullable IOException failure() {
        return failure;
    }

    /// Whether its reader is gone, which is for the reader to decide and no fault.
    boolean isClosedPipe() {
        IOException e = failure;
        if (e == null) {
            return false;
        }
        if (!process || String.valueOf(e.getMessage()).contains(BROKEN)) {
            return String.valueOf(e.getMessage()).contains(BROKEN);
        }
        try { // the message may be in another language
            return Files.readSymbolicLink(Path.of("/proc/self/fd/1"))
                    .toString()
                    .startsWith("pipe:");
        } catch (IOException | UnsupportedOperationException other) {
            return false;
        }
    }
}
