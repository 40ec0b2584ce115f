package io.tornadogpt.finetune.task;

import io.tornadogpt.finetune.data.DataRow;
import io.tornadogpt.finetune.data.Encoded;
import io.tornadogpt.finetune.data.TooLong;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/// Cuts or leaves out what is longer than a block, and counts it. A row has as many tokens as TRL's
/// `max_length` lets it have; the last of them is only a target.
final class RowLimit {
    private final int positions;
    private final TooLong tooLong;
    private int seen;
    private int cut;
    private int dropped;
    private int withoutAnswer;
    private String firstWithoutAnswer = "";

    /// @param positions of a block
    RowLimit(int positions, TooLong tooLong) {
        this.positions = positions;
        this.tooLong = tooLong;
    }

    /// What is kept of the parts of a row, each a sequence of its own; null where it is left out.
    @Nullable List<Encoded> apply(DataRow row, List<Encoded> parts) {
        seen++;
        if (parts.stream().allMatch(part -> part.ids().length <= positions)) {
            return parts;
        }
        if (tooLong == TooLong.DROP) {
            dropped++;
            return null;
        }
        List<Encoded> kept = parts.stream().map(part -> part.cut(positions)).toList();
        if (kept.stream().anyMatch(part -> part.targets() == 0)) {
            if (withoutAnswer == 0) {
                firstWithoutAnswer = row.place();
            }
            withoutAnswer++;
            return null;
        }
        cut++;
        return kept;
    }

    /// Counts a text that was cut, or is to be left out.
    ///
    /// @return whether it is kept
    boolean keep(boolean longer) {
        seen++;
        if (!longer) {
            return true;
        }
        boolean kept = tooLong == TooLong.CUT;
        cut += kept ? 1 : 0;
        dropped += kept ? 0 : 1;
        return kept;
    }

    /// What happened, a sentence each.
    List<String> notes(String what) {
        var notes = new ArrayList<String>();
        String longer = "longer than the %d tokens of train.blockSize".formatted(positions);
        if (cut > 0) {
            notes.add("%d of %d %s are %s and were cut".formatted(cut, seen, what, longer));
        }
        if (dropped > 0) {
            notes.add(
                    "%d of %d %s are %s and were left out".formatted(dropped, seen, what, longer));
        }
        if (withoutAnswer > 0) {
            notes.add(
                    "%d of %d %s were left out because their prompts alone are %s, the first in %s"
                            .formatted(withoutAnswer, seen, what, longer, firstWithoutAnswer));
        }
        return notes;
    }

    /// Checks that something was kept.
    ///
    /// @throws IllegalArgumentException where nothing was
    void requireSome(String what, int kept) {
        if (kept == 0) {
            throw new IllegalArgumentException(
                    "none of the %d %s is left, for all are longer than the %d tokens of train.blockSize; raise it up to the model's context, or shorten the rows"
                            .formatted(seen, what, positions));
        }
    }
}
