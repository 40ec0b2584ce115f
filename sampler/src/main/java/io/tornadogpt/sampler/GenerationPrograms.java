package io.tornadogpt.sampler;

import io.tornadogpt.core.model.GptModel;
import io.tornadogpt.core.model.LogitsProgram;
import io.tornadogpt.core.program.Program;

import java.util.ArrayList;
import java.util.List;

/// The programs that generate: each reads a piece of every sequence into the key-value cache.
/// `prefill` reads a long piece of a prompt, `prefill.16` a short one, `decode` one token.
///
/// A training session opened with these [#programs] beside its own samples from the weights as they
/// stand, without a copy.
///
/// @param model whose parameters they read
/// @param batch B, sequences generated together
/// @param readers `[B, T]` tokens a run, each T shorter than the one before; the last is 1
public record GenerationPrograms(GptModel model, int batch, List<LogitsProgram> readers) {
    /// Tokens of one sequence in a run of `prefill`: enough to keep a device busy, few enough that
    /// a short prompt does not pay for a long one.
    private static final int LARGEST_PIECE = 128;

    /// What a short prompt is: all rows of a piece are computed, whether they hold a token or not.
    private static final int SHORT_PIECE = 16;

    public GenerationPrograms {
        readers = List.copyOf(readers);
    }

    /// The programs for B sequences; long pieces of the block are equally long.
    public static GenerationPrograms of(GptModel model, int batch) {
        if (batch < 1) {
            throw new IllegalArgumentException("batch is " + batch + "; expected 1 or more");
        }
        int block = model.config().blockSize();
        int piece = Math.ceilDiv(block, Math.ceilDiv(block, LARGEST_PIECE));
        return of(model, batch, piece, SHORT_PIECE);
    }

    /// The programs with pieces of certain lengths beside `decode`.
    ///
    /// @param pieces each shorter than the one before; the first at most `blockSize`, others are
    ///   left out where they are not shorter
    static GenerationPrograms of(GptModel model, int batch, int... pieces) {
        var readers = new ArrayList<LogitsProgram>();
        int last = Integer.MAX_VALUE;
        for (int piece : pieces) {
            if (piece < last) {
                String name = readers.isEmpty() ? "prefill" : "prefill." + piece;
                readers.add(model.cached(name, batch, piece));
                last = piece;
            }
        }
        readers.add(model.cached("decode", batch, 1));
        return new GenerationPrograms(model, batch, readers);
    }

    /// For [io.tornadogpt.core.backend.Backend#open] and [io.tornadogpt.core.backend.Backend#plan].
    public List<Program> programs() {
        return readers.stream().map(LogitsProgram::program).toList();
    }
}
