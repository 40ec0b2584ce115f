package io.tornadogpt.curation.run;

import io.tornadogpt.curation.Document;
import io.tornadogpt.curation.Verdict;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;

/// What the steps said of a document, one behind the other.
///
/// @param read the document as it was read
/// @param result what it became; what it was when it was removed
/// @param verdicts of the steps that it came to; the last one may be a removal
/// @param nanos that each of these took
/// @param lengths characters that each of these was given
/// @param line of the shard; `null` where it was removed
/// @param signature as [Signature] has it; `null` where it was removed
/// @param passages hashes of passages, for each step that takes some out; empty where it was
///   removed
record Judgement(
        Document read,
        Document result,
        List<Verdict> verdicts,
        long[] nanos,
        int[] lengths,
        byte @Nullable [] line,
        long @Nullable [] signature,
        List<long[]> passages) {

    /// Why it was removed; `null` where it was not.
    Verdict.@Nullable Removed removal() {
        return !verdicts.isEmpty() && verdicts.getLast() instanceof Verdict.Removed removed
                ? removed
                : null;
    }

    /// Kinds and counts of what a step changed; empty where it changed nothing.
    Map<String, Integer> changes(int step) {
        return step < verdicts.size() && verdicts.get(step) instanceof Verdict.Changed changed
                ? changed.counts()
                : Map.of();
    }
}
