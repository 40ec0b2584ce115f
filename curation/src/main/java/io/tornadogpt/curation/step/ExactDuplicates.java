package io.tornadogpt.curation.step;

/// Removes documents whose text another one has, letter by letter. The one with the least id stays.
///
/// Texts are compared by the first 64 bits of their SHA-256: among a hundred million different
/// documents some two would be taken for equal with a probability of 0.0003.
public record ExactDuplicates() implements CorpusStep {}
