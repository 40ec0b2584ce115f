package io.tornadogpt.curation.run;

/// A document of a result, to be looked at.
///
/// @param id of it
/// @param text empty where it was removed
/// @param metadata as JSON; empty where there is none
/// @param history what steps changed, or why it was removed, as JSON; empty where there is nothing
public record CuratedDocument(String id, String text, String metadata, String history) {}
