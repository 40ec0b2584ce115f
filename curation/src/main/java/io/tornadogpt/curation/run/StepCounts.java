package io.tornadogpt.curation.run;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// What a step did to documents.
///
/// Used by one thread at a time.
final class StepCounts {
    /// The step's name.
    public final String step;

    /// Documents that came to it.
    public long documents;

    /// Characters of these.
    public long characters;

    /// Documents that it changed.
    public long changed;

    /// Documents that it removed.
    public long removed;

    /// Characters of these.
    public long removedCharacters;

    /// Removed documents by reason.
    public final SortedMap<String, Long> reasons = new TreeMap<>();

    /// Changes by kind, several of which may be in one document.
    public final SortedMap<String, Long> changes = new TreeMap<>();

    StepCounts(@com.fasterxml.jackson.annotation.JsonProperty("step") String step) {
        this.step = step;
    }

    void removed(String reason, long ofCharacters) {
        removed++;
        removedCharacters += ofCharacters;
        reasons.merge(reason, 1L, Long::sum);
    }

    void changed(Map<String, Integer> counts) {
        changed++;
        counts.forEach((kind, count) -> changes.merge(kind, (long) count, Long::sum));
    }

    void add(StepCounts other) {
        documents += other.documents;
        characters += other.characters;
        changed += other.changed;
        removed += other.removed;
        removedCharacters += other.removedCharacters;
        other.reasons.forEach((reason, count) -> reasons.merge(reason, count, Long::sum));
        other.changes.forEach((kind, count) -> changes.merge(kind, count, Long::sum));
    }
}
