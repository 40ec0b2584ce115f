package io.tornadogpt.curation.step;

/// Takes out paragraphs that stand in the corpus before, in this document or another, as CCNet does
/// (Wenzek et al. 2020, section 3.1): a paragraph is a line, and lines are compared without case,
/// punctuation and accents. What is compared is a hash of 64 bits.
///
/// A paragraph needs 8 bytes on the disk, and while it is compared 8 in memory, of 16 million at
/// once; and a bit in memory for each.
///
/// @param minWords lines with fewer stay, such as headings
public record ParagraphDuplicates(int minWords) implements PassageStep {
    /// Lines of five words and more.
    public static final ParagraphDuplicates DEFAULT = new ParagraphDuplicates(5);

    /// @throws IllegalArgumentException where a line would need no word
    public ParagraphDuplicates {
        Limits.atLeast("paragraphDuplicates.minWords", minWords, 1);
    }

    @Override
    public Passages passages(String text) {
        var passages = new Passages();
        int start = 0;
        while (start < text.length()) {
            int end = text.indexOf('\n', start);
            end = end < 0 ? text.length() : end;
            WordRuns words = WordRuns.of(text.substring(start, end));
            if (words.count() >= minWords) {
                passages.add(words.hash(0, words.count()), start, end);
            }
            start = end + 1;
        }
        return passages;
    }
}
