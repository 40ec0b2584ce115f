package io.tornadogpt.sampler;

import io.tornadogpt.core.model.GptModel;
import io.tornadogpt.core.model.LogitsProgram;
import io.tornadogpt.core.program.Program;

import java.util.List;

/// The two programs that generate: `prefill` reads a piece of every sequence into the key-value
/// cache, `decode` one token of every sequence.
///
/// A training session opened with these [#programs] beside its own samples from the weights as they
/// stand, without a copy.
///
/// @param model whose parameters they read
/// @param batch B, sequences generated together
/// @param prefill `[B, T]` tokens a run
/// @param decode `[B, 1]` tokens a run
public record GenerationPrograms(
        GptModel model, int batch, LogitsProgram prefill, LogitsProgram decode) {
    /// Tokens of one sequence in a run of `prefill`: enough to keep a device busy, few enough that
    /// a short prompt does not pay for a long one.
    private static final int LARGEST_PIECE = 128;

    /// The programs for B sequences; pieces of the block are equally long.
    public static GenerationPrograms of(GptModel model, int batch) {
        if (batch < 1) {
            throw new IllegalArgumentException("batch is " + batch + "; expected 1 or more");
        }
        int block = model.config().blockSize();
        int piece = Math.ceilDiv(block, Math.ceilDiv(block, LARGEST_PIECE));
        return of(model, batch, piece);
    }

    /// The programs with `piece` tokens of each sequence in a run of `prefill`, at most
    /// `blockSize`.
    static GenerationPrograms of(GptModel model, int batch, int piece) {
        return new GenerationPrograms(
                model,
                batch,
                model.cached("prefill", batch, piece),
                model.cached("decode", batch, 1));
    }

    /// For [io.tornadogpt.core.backend.Backend#open] and [io.tornadogpt.core.backend.Backend#plan].
    public List<Program> programs() {
        return List.of(prefill.program(), decode.program());
    }
}
