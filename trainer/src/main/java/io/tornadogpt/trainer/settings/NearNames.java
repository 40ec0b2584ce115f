package io.tornadogpt.trainer.settings;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/// Finds what someone may have meant by a name that does not exist.
public final class NearNames {
    private static final int MOST = 3;

    private NearNames() {}

    /// The known names that are at most a third of their letters away, the nearest first, three at
    /// most. Dotted names are compared by their last parts too, so that `steps` and `model.steps`
    /// find `train.steps`.
    public static List<String> of(String name, Collection<String> known) {
        record Near(String name, int distance) {}
        return known.stream()
                .map(candidate -> new Near(candidate, distance(name, candidate)))
                .filter(near -> near.distance <= Math.max(1, lastPart(near.name).length() / 3))
                .sorted(Comparator.comparingInt(Near::distance))
                .limit(MOST)
                .map(Near::name)
                .toList();
    }

    private static int distance(String name, String candidate) {
        String lower = name.toLowerCase(Locale.ROOT);
        String other = candidate.toLowerCase(Locale.ROOT);
        return Math.min(edits(lower, other), edits(lastPart(lower), lastPart(other)));
    }

    private static String lastPart(String name) {
        return name.substring(name.lastIndexOf('.') + 1);
    }

    /// Letters to insert, delete, replace or exchange with their neighbour to get from one to the
    /// other (Damerau's distance, each letter moved once).
    static int edits(String a, String b) {
        int[][] edits = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    edits[i][j] = i + j;
                    continue;
                }
                boolean same = a.charAt(i - 1) == b.charAt(j - 1);
                int least = edits[i - 1][j - 1] + (same ? 0 : 1);
                least = Math.min(least, edits[i - 1][j] + 1);
                least = Math.min(least, edits[i][j - 1] + 1);
                boolean exchanged =
                        i > 1
                                && j > 1
                                && a.charAt(i - 1) == b.charAt(j - 2)
                                && a.charAt(i - 2) == b.charAt(j - 1);
                if (exchanged) {
                    least = Math.min(least, edits[i - 2][j - 2] + 1);
                }
                edits[i][j] = least;
            }
        }
        return edits[a.length()][b.length()];
    }
}
