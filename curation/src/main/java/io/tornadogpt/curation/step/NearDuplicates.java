package io.tornadogpt.curation.step;

/// Removes documents that share most of their word n-grams with another one, found by MinHash and
/// locality-sensitive hashing (Broder 1997; Indyk and Motwani 1998). Of each cluster of documents
/// that are connected by such pairs the one with the least id stays.
///
/// A document has `bands` times `rows` hashes, each the least that one function has for any of its
/// n-grams. Two documents whose sets of n-grams have the Jaccard similarity `s` agree in all hashes
/// of some band with the probability `1 - (1 - s^rows)^bands`: 0.92 at `s` = 0.8 with the values of
/// FineWeb (Penedo et al. 2024), which are the defaults. Words are letters and digits, without case
/// and accents.
///
/// @param ngram words in an n-gram; a document with fewer has one n-gram of all its words
/// @param bands groups of hashes
/// @param rows hashes in a band
/// @param seed chooses the hash functions
public record NearDuplicates(int ngram, int bands, int rows, long seed) implements CorpusStep {
    /// FineWeb's 14 bands of 8 over 5-grams.
    public static final NearDuplicates DEFAULT = new NearDuplicates(5, 14, 8, 1);

    private static final int MOST_HASHES = 4096;

    /// @throws IllegalArgumentException where a number is below 1, or there are more than 4,096
    ///   hashes
    public NearDuplicates {
        Limits.atLeast("nearDuplicates.ngram", ngram, 1);
        Limits.atLeast("nearDuplicates.bands", bands, 1);
        Limits.atLeast("nearDuplicates.rows", rows, 1);
        if ((long) bands * rows > MOST_HASHES) {
            throw new IllegalArgumentException(
                    "nearDuplicates.bands times nearDuplicates.rows is %d, more than %d; set lower ones"
                            .formatted((long) bands * rows, MOST_HASHES));
        }
    }

    /// The probability that two documents of a similarity share a band.
    public double probability(double similarity) {
        return 1 - Math.pow(1 - Math.pow(similarity, rows), bands);
    }
}
