package io.tornadogpt.sampler;

import java.util.List;
import java.util.Optional;

/// Lets text through up to the first stop string. What may be the beginning of one is held back
/// until more text decides.
///
/// Used by one thread at a time.
public final class StopScanner {
    private final List<String> stops;
    private final StringBuilder held = new StringBuilder();
    private Optional<String> found = Optional.empty();

    /// @param stops none of them empty
    public StopScanner(List<String> stops) {
        this.stops = stops;
    }

    /// Appends text and returns what is certain to come before any stop string. After a stop string
    /// nothing more comes.
    public String push(String text) {
        if (found.isPresent()) {
            return "";
        }
        held.append(text);
        int end = firstStop();
        if (found.isEmpty()) {
            end = held.length() - openEnd();
        }
        String certain = held.substring(0, end);
        held.delete(0, end);
        return certain;
    }

    /// Ends the text: returns what was held back.
    public String finish() {
        return found.isPresent() ? "" : held.toString();
    }

    /// The stop string that came up.
    public Optional<String> found() {
        return found;
    }

    /// Where the stop string begins that is complete first, the longest one of several that end
    /// together; -1 if there is none. Thus it does not matter in which pieces text comes.
    private int firstStop() {
        int begin = -1;
        int end = Integer.MAX_VALUE;
        for (String stop : stops) {
            int at = held.indexOf(stop);
            int stopEnd = at + stop.length();
            if (at >= 0 && (stopEnd < end || (stopEnd == end && at < begin))) {
                begin = at;
                end = stopEnd;
                found = Optional.of(stop);
            }
        }
        return begin;
    }

    /// How many characters at the end may begin a stop string.
    private int openEnd() {
        int longest = 0;
        for (String stop : stops) {
            for (int n = Math.min(stop.length() - 1, held.length()); n > longest; n--) {
                if (stop.startsWith(held.substring(held.length() - n))) {
                    longest = n;
                }
            }
        }
        return longest;
    }
}
