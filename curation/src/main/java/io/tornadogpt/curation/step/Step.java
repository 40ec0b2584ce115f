package io.tornadogpt.curation.step;

/// A step of a recipe: a record whose components are its settings.
public sealed interface Step permits DocumentStep, CorpusStep {}
