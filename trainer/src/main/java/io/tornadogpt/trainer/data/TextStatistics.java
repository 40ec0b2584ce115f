package io.tornadogpt.trainer.data;

/// The size of a text.
///
/// @param documents files that it consists of
/// @param bytes of its UTF-8
/// @param characters Unicode code points, which is what nanoGPT counts
public record TextStatistics(int documents, long bytes, long characters) {}
