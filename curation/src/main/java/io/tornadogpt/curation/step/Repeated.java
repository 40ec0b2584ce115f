package io.tornadogpt.curation.step;

import java.util.HashSet;
import java.util.List;

/// How many of some parts of a text came before.
///
/// @param parts all of them
/// @param count those that came before
/// @param characters of these
record Repeated(int parts, int count, long characters) {
    static Repeated of(List<String> parts) {
        var seen = new HashSet<String>(2 * parts.size());
        int count = 0;
        long characters = 0;
        for (String part : parts) {
            if (!seen.add(part)) {
                count++;
                characters += part.length();
            }
        }
        return new Repeated(parts.size(), count, characters);
    }

    double share() {
        return parts == 0 ? 0 : count / (double) parts;
    }
}
