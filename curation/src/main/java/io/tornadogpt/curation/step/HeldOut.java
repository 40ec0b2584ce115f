package io.tornadogpt.curation.step;

/// Puts a share of the documents aside, to measure a model with. Which ones is decided by a hash of
/// their text, so that it does not change when others come or go. Documents of a cluster of
/// duplicates are never on both sides.
///
/// @param share of the documents, from 0 to 1
/// @param seed chooses other documents
public record HeldOut(double share, long seed) implements CorpusStep {
    /// One document in a hundred.
    public static final HeldOut DEFAULT = new HeldOut(0.01, 1);

    /// @throws IllegalArgumentException where the share is not between 0 and 1
    public HeldOut {
        Limits.share("heldOut.share", share);
    }

    /// A number for a text, by which it is on one side or the other.
    ///
    /// @param checksum of the text
    public long hash(long checksum) {
        return Mixing.add(Mixing.mix(seed), checksum);
    }
}
