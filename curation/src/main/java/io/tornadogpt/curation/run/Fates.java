package io.tornadogpt.curation.run;

import io.tornadogpt.curation.step.HeldOut;
import io.tornadogpt.curation.step.MinHash;
import io.tornadogpt.curation.step.NearDuplicates;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/// What becomes of the documents that went through the steps for single ones: duplicates go, some
/// are held out, the others are trained on. It is decided for all of them together and written down
/// for each piece, one line a document, so that the pieces can be written by whoever comes first.
///
/// Used by one thread at a time.
final class Fates {
    private final WorkDirectory directory;
    private final int pieces;
    private final boolean exact;
    private final @Nullable NearDuplicates near;
    private final @Nullable HeldOut heldOut;
    private final SortedMap<Integer, Long> clusterSizes = new TreeMap<>();

    Fates(
            WorkDirectory directory,
            int pieces,
            boolean exact,
            @Nullable NearDuplicates near,
            @Nullable HeldOut heldOut) {
        this.directory = directory;
        this.pieces = pieces;
        this.exact = exact;
        this.near = near;
        this.heldOut = heldOut;
    }

    private int longs() {
        return Signature.longs(near == null ? null : new MinHash(near));
    }

    /// Clusters of duplicates by the number of their documents.
    SortedMap<Integer, Long> clusterSizes() {
        return clusterSizes;
    }

    /// Decides.
    ///
    /// @param documents in all pieces
    void decide(long documents, BooleanSupplier stop) throws IOException {
        if (documents > Integer.MAX_VALUE - 16) {
            throw new IllegalArgumentException(
                    "%d documents are left, more than the %d among which duplicates can be found; curate the corpus in parts"
                            .formatted(documents, Integer.MAX_VALUE - 16));
        }
        List<Path> files =
                java.util.stream.IntStream.range(0, pieces)
                        .mapToObj(directory::signatures)
                        .toList();
        var clusters = new Clusters(files, longs(), (int) documents);
        if (exact) {
            clusters.connect(Signature.EXACT, stop);
        }
        int[] exactRoots = near == null ? new int[0] : clusters.roots();
        if (near != null) {
            for (int band = 0; band < near.bands(); band++) {
                clusters.connect(Signature.BANDS + band, stop);
            }
        }
        if (stop.getAsBoolean()) {
            throw new StoppedException();
        }
        int[] roots = clusters.roots();
        write(near == null ? roots : exactRoots, roots);
    }

    private void write(int[] exactRoots, int[] roots) throws IOException {
        var sizes = new HashMap<Integer, Integer>();
        for (int i = 0; i < roots.length; i++) {
            if (roots[i] != i) {
                sizes.merge(roots[i], 1, Integer::sum);
            }
        }
        sizes.values().forEach(others -> clusterSizes.merge(others + 1, 1L, Long::sum));
        Map<Integer, String> survivors = new HashMap<>(2 * sizes.size());
        int document = 0;
        for (int piece = 0; piece < pieces; piece++) {
            try (var fates = new PieceFates(directory, piece, longs(), heldOut)) {
                for (; fates.next(); document++) {
                    int root = roots[document];
                    if (root == document) {
                        if (sizes.containsKey(root)) {
                            survivors.put(root, fates.id());
                        }
                        fates.stays();
                    } else {
                        String of = Objects.requireNonNull(survivors.get(root));
                        fates.goes(exact && exactRoots[document] != document, of);
                    }
                }
                fates.finish();
            }
        }
    }
}
