package io.tornadogpt.core.model.family;

import io.tornadogpt.core.model.arch.AttentionShape;

import java.util.List;

/// Queries, keys and values in one stored tensor that has them group by group: the queries that
/// share a key-value head, then that head's key, then its value. With as many key-value heads as
/// heads it is query, key and value of each head; with one it is all queries, then key and value.
final class FusedHeads {
    private FusedHeads() {}

    /// The stored tensor of a parameter that has all queries, then all keys, then all values.
    static List<Piece> pieces(AttentionShape attention, String name, int rows, int columns) {
        var piece = new Piece(name, rows, columns);
        return List.of(
                attention.keyValueHeads() == 1
                        ? piece
                        : piece.ordered(row -> stored(attention, row)));
    }

    private static int stored(AttentionShape attention, int row) {
        int size = attention.headSize();
        int together = attention.heads() / attention.keyValueHeads();
        int head = row / size;
        int group;
        int inGroup;
        if (head < attention.heads()) {
            group = head / together;
            inGroup = head % together;
        } else if (head < attention.heads() + attention.keyValueHeads()) {
            group = head - attention.heads();
            inGroup = together;
        } else {
            group = head - attention.heads() - attention.keyValueHeads();
            inGroup = together + 1;
        }
        return (group * (together + 2) + inGroup) * size + row % size;
    }
}
