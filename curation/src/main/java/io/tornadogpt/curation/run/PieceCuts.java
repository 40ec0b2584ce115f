package io.tornadogpt.curation.run;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.BitSet;

/// Writes down which passages of the documents of a piece are taken out.
///
/// Used by one thread at a time.
public final class PieceCuts implements AutoCloseable {
    private static final BitSet NONE = new BitSet();

    private final StoredFile stored;
    private final DataOutputStream out;
    private final BitSet cuts = new BitSet();
    private final long documents;
    private int document;

    /// @param documents of the piece
    PieceCuts(WorkDirectory directory, int piece, int step, long documents) throws IOException {
        this.stored = directory.create(directory.cuts(piece, step));
        this.out = new DataOutputStream(new BufferedOutputStream(stored));
        this.documents = documents;
    }

    /// Takes a passage out. They come in the order of documents, and in each of its passages.
    ///
    /// @param of the number of its document in the piece
    /// @param passage its number in the document
    public void cut(int of, int passage) throws IOException {
        if (of > document) {
            write(cuts);
            cuts.clear();
            while (document < of) {
                write(NONE);
            }
        }
        cuts.set(passage);
    }

    private void write(BitSet ofDocument) throws IOException {
        out.writeInt(ofDocument.cardinality());
        for (int i = ofDocument.nextSetBit(0); i >= 0; i = ofDocument.nextSetBit(i + 1)) {
            out.writeInt(i);
        }
        document++;
    }

    /// Ends the piece.
    public void finish() throws IOException {
        if (document < documents) {
            write(cuts);
        }
        while (document < documents) {
            write(NONE);
        }
        out.close();
    }

    @Override
    public void close() throws IOException {
        stored.abandon();
    }
}
