package io.tornadogpt.curation.run;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;

/// Which documents are duplicates of which, by their signatures. Documents are numbered in the
/// order of their ids; the root of a cluster is the least number in it, whatever the order in which
/// pairs were found.
///
/// It needs 8 bytes a document, and 12 more for those of the slice of hashes that is looked at,
/// which holds 16 million at most.
///
/// Used by one thread at a time.
final class Clusters {
    private static final int MOST_KEYS = 1 << 24;

    private final List<Path> files;
    private final int longs;
    private final int documents;
    private final int[] parents;

    /// @param files of signatures, in the order of the documents
    /// @param longs numbers in a signature
    /// @param documents in all files
    Clusters(List<Path> files, int longs, int documents) {
        this.files = files;
        this.longs = longs;
        this.documents = documents;
        this.parents = new int[documents];
        Arrays.setAll(parents, i -> i);
    }

    /// Connects all documents that have the same number at a place of their signatures.
    ///
    /// @param stop whether to end early
    void connect(int place, BooleanSupplier stop) throws IOException {
        int slices = documents / MOST_KEYS + 1;
        for (int slice = 0; slice < slices && !stop.getAsBoolean(); slice++) {
            connect(place, slice, slices);
        }
    }

    private interface Keys {
        void take(int document, long key);
    }

    private void connect(int place, int slice, int slices) throws IOException {
        var keys = new LongList();
        each(
                place,
                (document, key) -> {
                    if (Long.remainderUnsigned(key, slices) == slice) {
                        keys.add(key);
                    }
                });
        long[] repeated = keys.repeated();
        var first = new int[repeated.length];
        Arrays.fill(first, -1);
        each(
                place,
                (document, key) -> {
                    int at = Arrays.binarySearch(repeated, key);
                    if (at >= 0) {
                        if (first[at] < 0) {
                            first[at] = document;
                        } else {
                            union(first[at], document);
                        }
                    }
                });
    }

    private void each(int place, Keys keys) throws IOException {
        int document = 0;
        for (Path file : files) {
            try (var signatures = SignatureFile.open(file, longs)) {
                while (signatures.next()) {
                    keys.take(document++, signatures.get(place));
                }
            }
        }
        if (document != documents) {
            throw new IOException(
                    "the signatures of %d documents are there and %d were written; run it anew in another folder"
                            .formatted(document, documents));
        }
    }

    private void union(int a, int b) {
        int one = root(a);
        int other = root(b);
        if (one != other) {
            parents[Math.max(one, other)] = Math.min(one, other);
        }
    }

    /// The least document of a cluster.
    int root(int document) {
        int root = document;
        while (parents[root] != root) {
            parents[root] = parents[parents[root]];
            root = parents[root];
        }
        return root;
    }

    /// The roots of all documents.
    int[] roots() {
        var roots = new int[documents];
        Arrays.setAll(roots, this::root);
        return roots;
    }
}
