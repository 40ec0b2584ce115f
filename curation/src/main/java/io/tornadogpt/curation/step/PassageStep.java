package io.tornadogpt.curation.step;

/// A step that takes passages out of documents that stand in the corpus before. The first place, in
/// the order of ids, keeps its passage; documents that go for another reason do not count. Where
/// nothing is left of a document it goes.
public sealed interface PassageStep extends CorpusStep
        permits ParagraphDuplicates, SubstringDuplicates {

    /// The passages of a text.
    Passages passages(String text);
}
