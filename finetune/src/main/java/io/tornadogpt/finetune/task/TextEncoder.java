package io.tornadogpt.finetune.task;

import io.tornadogpt.finetune.data.DataRow;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.data.DataFileException;

import java.util.Arrays;

/// Turns texts that are to be classified into tokens, with those that the tokenizer puts around
/// them.
final class TextEncoder {
    private final Tokenizer tokenizer;
    private final int positions;
    private final int added;

    /// @param positions that a text may have
    TextEncoder(Tokenizer tokenizer, int positions) {
        this.tokenizer = tokenizer;
        this.positions = positions;
        this.added = tokenizer.addSpecialTokens(0).length - 1;
    }

    /// The tokens of a text; more than the positions where it is too long.
    int[] encode(DataRow row, String column) throws DataFileException {
        int[] ids = encode(row.text(column));
        if (ids.length == 0) {
            throw row.bad(
                    "has no text in %s".formatted(column), "fill it in, or leave the row out");
        }
        return ids;
    }

    /// The tokens of a text.
    int[] encode(String text) {
        return tokenizer.addSpecialTokens(tokenizer.encode(text));
    }

    /// The tokens of a text, of which the last ones are left out where it is too long; what the
    /// tokenizer puts behind it stays.
    int[] cut(int... ids) {
        if (ids.length <= positions) {
            return ids;
        }
        int[] before = added == 0 ? new int[0] : tokenizer.addSpecialTokens(ids[0]);
        int first = added == 0 ? 0 : indexOf(before, ids);
        int last = added - first;
        int[] cut = Arrays.copyOf(ids, positions);
        System.arraycopy(ids, ids.length - last, cut, positions - last, last);
        return cut;
    }

    /// How many tokens stand before a text.
    private int indexOf(int[] around, int... ids) {
        int[] other = tokenizer.addSpecialTokens(ids[0] == 0 ? 1 : 0);
        return Math.max(0, Arrays.mismatch(around, other));
    }
}
