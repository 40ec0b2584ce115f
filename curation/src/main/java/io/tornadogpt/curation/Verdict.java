package io.tornadogpt.curation;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/// What a step says of a document.
public sealed interface Verdict {
    /// The verdict of a step that finds nothing.
    Verdict KEPT = new Kept();

    /// It stays as it is.
    record Kept() implements Verdict {}

    /// It stays, with another text or more metadata.
    ///
    /// @param document what goes to the next step
    /// @param counts how often each kind of change was made
    record Changed(Document document, Map<String, Integer> counts) implements Verdict {
        public Changed {
            counts = Collections.unmodifiableMap(new TreeMap<>(counts));
        }
    }

    /// It goes.
    ///
    /// @param reason the rule that it breaks, as a name that can be counted
    /// @param detail the value and the limit, for a person
    record Removed(String reason, String detail) implements Verdict {}
}
