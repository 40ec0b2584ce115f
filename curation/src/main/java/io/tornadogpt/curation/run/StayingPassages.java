package io.tornadogpt.curation.run;

import java.io.IOException;

/// The passages of the documents of a piece that stay, in their order.
///
/// Used by one thread at a time.
public final class StayingPassages implements AutoCloseable {
    private final LineFile fates;
    private final PassageFile passages;
    private int document = -1;
    private int count;
    private int passage = -1;
    private long hash;

    /// @param step the number of the step among those that take out passages
    StayingPassages(WorkDirectory directory, int piece, int step) throws IOException {
        this.fates = LineFile.open(directory.fates(piece));
        this.passages = PassageFile.open(directory.passages(piece, step));
    }

    /// Goes to the next passage.
    ///
    /// @return whether there is one
    public boolean next() throws IOException {
        while (passage + 1 >= count) {
            if (!fates.next()) {
                return false;
            }
            document++;
            count = passages.count();
            passage = -1;
            if (!PieceFates.stays(fates.text())) {
                passages.skip(count);
                count = 0;
            }
        }
        passage++;
        hash = passages.hash();
        return true;
    }

    /// The number of its document in the piece.
    public int document() {
        return document;
    }

    /// Its number in the document.
    public int passage() {
        return passage;
    }

    /// A hash of what it says.
    public long hash() {
        return hash;
    }

    @Override
    public void close() throws IOException {
        try (fates) {
            passages.close();
        }
    }
}
