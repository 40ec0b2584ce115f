package io.tornadogpt.finetune.task;

import io.tornadogpt.finetune.data.Encoded;
import io.tornadogpt.tokenizer.Tokenizer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A row as a model reads it, for people to look at.
///
/// @param place file and line
/// @param what it is: an answer, a label
/// @param pieces its text, cut where the trained tokens begin and end
public record ShownRow(String place, String what, List<Piece> pieces) {
    /// Text of some tokens.
    ///
    /// @param trained whether the model learns to predict them
    public record Piece(String text, boolean trained) {}

    /// Shows what was encoded.
    static ShownRow of(String place, String what, Encoded encoded, Tokenizer tokenizer) {
        var pieces = new ArrayList<Piece>();
        int[] ids = encoded.ids();
        boolean[] trained = encoded.trained();
        int from = 0;
        for (int to = 1; to <= ids.length; to++) {
            if (to == ids.length || trained[to] != trained[from]) {
                String text = tokenizer.decode(Arrays.copyOfRange(ids, from, to));
                pieces.add(new Piece(text, trained[from]));
                from = to;
            }
        }
        return new ShownRow(place, what, List.copyOf(pieces));
    }
}
