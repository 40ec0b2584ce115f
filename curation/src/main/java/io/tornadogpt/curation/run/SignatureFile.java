package io.tornadogpt.curation.run;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Reads the signatures of a piece.
///
/// Used by one thread at a time.
public final class SignatureFile implements AutoCloseable {
    private static final int BUFFER = 1 << 18;

    private final DataInputStream in;
    private final long[] signature;
    private long left;

    private SignatureFile(DataInputStream in, int longs, long count) {
        this.in = in;
        this.signature = new long[longs];
        this.left = count;
    }

    /// @param longs numbers in a signature
    static SignatureFile open(Path file, int longs) throws IOException {
        long count = Files.size(file) / (8L * longs);
        return new SignatureFile(
                new DataInputStream(new BufferedInputStream(Files.newInputStream(file), BUFFER)),
                longs,
                count);
    }

    /// Goes to the next document.
    ///
    /// @return whether there is one
    public boolean next() throws IOException {
        if (left == 0) {
            return false;
        }
        left--;
        for (int i = 0; i < signature.length; i++) {
            signature[i] = in.readLong();
        }
        return true;
    }

    /// A number of its signature.
    ///
    /// @param place one of [Job#duplicatePlaces()]
    public long get(int place) {
        return signature[place];
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
