package io.tornadogpt.curation.run;

/// A passage for the report, with private data masked.
///
/// @param id of the document
/// @param step that removed or changed it
/// @param reason or the kinds of changes
/// @param detail the value and the limit
/// @param before the beginning of the text, or of where it was changed
/// @param after what it became; empty where it was removed
record Example(String id, String step, String reason, String detail, String before, String after) {}
