package io.tornadogpt.curation.run;

import io.tornadogpt.curation.step.HeldOut;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/// Writes down what becomes of the documents of a piece, one line for each: in their order, after
/// [#next] has gone to one, either [#stays] or [#goes]. A document that stays is trained on or held
/// out; which of these follows from its text alone, so that the others do not matter.
///
/// Used by one thread at a time.
public final class PieceFates implements AutoCloseable {
    /// A line of a document that is trained on.
    static final String TRAIN = "train";

    /// A line of one that is held out.
    static final String HELD_OUT = "heldOut";

    /// What comes in front of the id of the document that stays in place of this one.
    static final char OF = '\t';

    private final @Nullable HeldOut heldOut;
    private final LineFile ids;
    private final SignatureFile signatures;
    private final ShardWriter fates;

    PieceFates(WorkDirectory directory, int piece, int longs, @Nullable HeldOut heldOut)
            throws IOException {
        this.heldOut = heldOut;
        this.ids = LineFile.open(directory.ids(piece));
        this.signatures = SignatureFile.open(directory.signatures(piece), longs);
        this.fates = new ShardWriter(directory, directory.fates(piece));
    }

    /// Whether a line says that its document stays.
    static boolean stays(String fate) {
        return fate.equals(TRAIN) || fate.equals(HELD_OUT);
    }

    /// Goes to the next document.
    ///
    /// @return whether there is one
    public boolean next() throws IOException {
        return ids.next() && signatures.next();
    }

    /// The id of the document.
    public String id() {
        return ids.text();
    }

    /// It stays.
    public void stays() throws IOException {
        write(isHeldOut(signatures.get(Signature.EXACT)) ? HELD_OUT : TRAIN);
    }

    /// It goes.
    ///
    /// @param exact whether another document has the same text, or only a similar one
    /// @param of the id of the document that stays in its place
    public void goes(boolean exact, String of) throws IOException {
        write((exact ? "exactDuplicates" : "nearDuplicates") + OF + of);
    }

    private void write(String fate) throws IOException {
        fates.write((fate + "\n").getBytes(StandardCharsets.UTF_8));
    }

    private boolean isHeldOut(long key) {
        if (heldOut == null) {
            return false;
        }
        double uniform = (heldOut.hash(key) >>> 11) * 0x1p-53;
        return uniform < heldOut.share();
    }

    /// Ends the piece.
    public void finish() throws IOException {
        fates.finish();
    }

    @Override
    public void close() throws IOException {
        try (ids;
                signatures) {
            fates.close();
        }
    }
}
