package io.tornadogpt.curation.step;

/// A step that looks at all documents together. It comes behind the steps for single documents, and
/// the run carries it out.
public sealed interface CorpusStep extends Step
        permits ExactDuplicates, NearDuplicates, PassageStep, HeldOut, Mix, TokenFiles {}
