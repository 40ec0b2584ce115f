package io.tornadogpt.curation.run;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;

/// Reads, document by document, a number and as many others: the hashes of a document's passages,
/// or which of them are to be taken out.
///
/// Used by one thread at a time.
final class PassageFile implements AutoCloseable {
    private final DataInputStream in;
    private final Path file;

    private PassageFile(Path file, DataInputStream in) {
        this.file = file;
        this.in = in;
    }

    static PassageFile open(Path file) throws IOException {
        return new PassageFile(
                file,
                new DataInputStream(new BufferedInputStream(Files.newInputStream(file), 1 << 16)));
    }

    /// How many numbers of the next document follow.
    int count() throws IOException {
        try {
            return in.readInt();
        } catch (EOFException e) {
            throw new IOException(
                    file + " ends before its documents do; run it anew in another folder", e);
        }
    }

    long hash() throws IOException {
        return in.readLong();
    }

    void skip(int hashes) throws IOException {
        in.skipNBytes(8L * hashes);
    }

    /// The next document's passages that are to be taken out.
    BitSet cuts() throws IOException {
        int count = count();
        var cuts = new BitSet();
        for (int i = 0; i < count; i++) {
            cuts.set(in.readInt());
        }
        return cuts;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
