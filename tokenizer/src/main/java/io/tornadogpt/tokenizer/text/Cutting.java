package io.tornadogpt.tokenizer.text;

import java.util.function.Function;

/// How a text is cut into chunks that can be encoded apart from each other.
///
/// @param cut finds the places
/// @param encoder makes ids of a chunk; many threads use it at once
public record Cutting(ParallelChunks.Cut cut, Function<TextChunk, IntArray> encoder) {}
