package io.tornadogpt.sampler;

import io.tornadogpt.core.model.BatchForm;
import io.tornadogpt.core.model.HiddenProgram;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.program.Program;

import java.util.ArrayList;
import java.util.List;

/// The programs that read texts: one row of several lengths for few tokens, and one of many tokens.
/// In each row lie as many texts as fit, one behind the other, and do not see each other, so that
/// nothing is computed for padding but at a row's end.
///
/// @param model whose parameters they read
/// @param longest the most tokens of a text
/// @param readers with the fewest tokens first
public record EmbeddingPrograms(Model model, int longest, List<HiddenProgram> readers) {
    private static final int SHORTEST_ROW = 16;
    private static final int USUAL_ROW = 512;

    /// Tokens of the largest program: enough for products to be fast, few enough that what they
    /// hand to each other stays in a processor's cache.
    private static final int TOKENS = 1024;

    public EmbeddingPrograms {
        readers = List.copyOf(readers);
    }

    /// @param whole the model with its own context
    /// @param longest the most tokens of a text, at most that context
    public static EmbeddingPrograms of(Model whole, int longest) {
        if (longest < 1 || longest > whole.context()) {
            throw new IllegalArgumentException(
                    "the longest text has %d tokens, but the model is made for 1 to %d"
                            .formatted(longest, whole.context()));
        }
        int row = Math.min(whole.context(), Math.max(longest, USUAL_ROW));
        Model model = whole.withContext(row);
        var readers = new ArrayList<HiddenProgram>();
        for (int length = SHORTEST_ROW; length < row; length *= 2) {
            readers.add(reader(model, 1, length));
        }
        readers.add(reader(model, 1, row));
        if (TOKENS / row > 1) {
            readers.add(reader(model, TOKENS / row, row));
        }
        return new EmbeddingPrograms(model, longest, readers);
    }

    private static HiddenProgram reader(Model model, int rows, int length) {
        String name = "read.%dx%d".formatted(rows, length);
        return model.hidden(name, BatchForm.padded(rows, length));
    }

    /// For [io.tornadogpt.core.backend.Backend#open] and [io.tornadogpt.core.backend.Backend#plan].
    public List<Program> programs() {
        return readers.stream().map(HiddenProgram::program).toList();
    }
}
