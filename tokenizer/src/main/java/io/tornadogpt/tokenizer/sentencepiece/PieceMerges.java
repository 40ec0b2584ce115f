package io.tornadogpt.tokenizer.sentencepiece;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntPredicate;

/// The merges that the scores of pieces amount to: SentencePiece joins the two neighbours that make
/// the piece with the highest score.
public final class PieceMerges {
    private PieceMerges() {}

    /// Two pieces that make a third.
    public record Pair(String left, String right) {}

    /// Every way in which two pieces make a third, the highest score first.
    ///
    /// @param scores of the pieces
    /// @param ordinary whether a piece is made by merging, rather than found as it is
    public static List<Pair> of(List<String> pieces, float[] scores, IntPredicate ordinary) {
        List<Integer> ordered = new ArrayList<>();
        for (int id = 0; id < pieces.size(); id++) {
            if (ordinary.test(id)) {
                ordered.add(id);
            }
        }
        ordered.sort(Comparator.comparingDouble(id -> -(double) scores[id]));
        Set<String> known = new HashSet<>(pieces);
        List<Pair> merges = new ArrayList<>();
        for (int id : ordered) {
            String piece = pieces.get(id);
            if (piece.isEmpty()) {
                continue;
            }
            for (int cut = piece.offsetByCodePoints(0, 1); cut < piece.length(); ) {
                String left = piece.substring(0, cut);
                String right = piece.substring(cut);
                if (known.contains(left) && known.contains(right)) {
                    merges.add(new Pair(left, right));
                }
                cut += Character.charCount(piece.codePointAt(cut));
            }
        }
        return merges;
    }
}
