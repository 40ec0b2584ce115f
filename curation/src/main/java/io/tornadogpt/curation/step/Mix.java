package io.tornadogpt.curation.step;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/// Mixes sources by weights: how often a document that is to be trained on is written. With 2 each
/// is written twice, with 0.5 every other one once, with 1.5 half of them twice and the others
/// once. Which ones is decided by a hash of the text, so that it does not change when others come
/// or go.
///
/// @param weights by the beginning of a document's id, which is the name of its file or of its
///   folder, such as `raw/wiki/`; of several that fit the longest counts, and where none does the
///   weight is 1
/// @param seed chooses other documents
public record Mix(Map<String, Double> weights, long seed) implements CorpusStep {
    /// Everything once.
    public static final Mix DEFAULT = new Mix(Map.of(), 1);

    private static final double MOST = 1000;

    /// @throws IllegalArgumentException where a weight is negative or above a thousand
    public Mix {
        weights = Collections.unmodifiableMap(new TreeMap<>(weights));
        weights.forEach(
                (source, weight) -> {
                    Limits.atLeast("mix.weights of '" + source + "'", weight, 0);
                    if (weight > MOST) {
                        throw new IllegalArgumentException(
                                "mix.weights of '%s' is %s; set it to %s at most"
                                        .formatted(source, weight, Limits.number(MOST)));
                    }
                });
    }

    /// How often a document is written.
    ///
    /// @param checksum of its text
    public int copies(String id, long checksum) {
        double weight = 1;
        int longest = -1;
        for (Map.Entry<String, Double> entry : weights.entrySet()) {
            if (entry.getKey().length() > longest && id.startsWith(entry.getKey())) {
                weight = entry.getValue();
                longest = entry.getKey().length();
            }
        }
        int whole = (int) weight;
        double uniform = (Mixing.add(Mixing.mix(seed + 0x6D6978), checksum) >>> 11) * 0x1p-53;
        return whole + (uniform < weight - whole ? 1 : 0);
    }
}
