package io.tornadogpt.sampler;

import io.tornadogpt.core.model.LogitsProgram;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.program.Program;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/// The programs that generate. Each reads tokens into the key-value cache, whose slots hold one
/// sequence each: `prefill` a long piece of one prompt, `prefill.16` a short one, `decode` one
/// token of every sequence, and `score`, where it is asked for, a piece of a prompt with the logits
/// of all its tokens.
///
/// A training session opened with these [#programs] beside its own samples from the weights as they
/// stand, without a copy.
///
/// @param model whose parameters they read
/// @param slots B, sequences generated together
/// @param prefill of one sequence and T tokens a run, each T shorter than the one before and above
///   1
/// @param decode of B sequences and one token a run
/// @param score of one sequence, with the logits of every row
public record GenerationPrograms(
        Model model,
        int slots,
        List<LogitsProgram> prefill,
        LogitsProgram decode,
        @Nullable LogitsProgram score) {
    /// Tokens in a run of `prefill`: enough to keep a device busy, few enough that a short prompt
    /// does not pay for a long one, and sequences that go on do not wait long.
    private static final int LARGEST_PIECE = 128;

    /// What a short prompt is: all rows of a piece are computed, whether they hold a token or not.
    private static final int SHORT_PIECE = 16;

    /// Tokens in a run of `score`: its logits, as many rows of the vocabulary's size, come to the
    /// host.
    private static final int SCORED_PIECE = 32;

    public GenerationPrograms {
        prefill = List.copyOf(prefill);
    }

    /// The programs for B sequences; long pieces of the context are equally long.
    public static GenerationPrograms of(Model model, int slots) {
        int context = model.context();
        int piece = Math.ceilDiv(context, Math.ceilDiv(context, LARGEST_PIECE));
        return of(model, slots, piece, SHORT_PIECE);
    }

    /// The programs with pieces of certain lengths beside `decode`.
    ///
    /// @param pieces each shorter than the one before; the first at most the context. Others are
    ///   left out where they are not shorter, or 1
    static GenerationPrograms of(Model model, int slots, int... pieces) {
        if (slots < 1) {
            throw new IllegalArgumentException(
                    "sequences at a time are " + slots + "; expected 1 or more");
        }
        var prefill = new ArrayList<LogitsProgram>();
        int last = Integer.MAX_VALUE;
        for (int piece : pieces) {
            if (piece < last && piece > 1) {
                String name = prefill.isEmpty() ? "prefill" : "prefill." + piece;
                prefill.add(model.cached(name, 1, piece, slots));
                last = piece;
            }
        }
        LogitsProgram decode = model.cached("decode", slots, 1, slots);
        return new GenerationPrograms(model, slots, prefill, decode, null);
    }

    /// The same and `score`, which tells how likely the tokens of a prompt are.
    public GenerationPrograms withScore() {
        int piece = Math.min(SCORED_PIECE, model.context());
        return new GenerationPrograms(
                model, slots, prefill, decode, model.cached("score", 1, piece, slots, piece));
    }

    /// For [io.tornadogpt.core.backend.Backend#open] and [io.tornadogpt.core.backend.Backend#plan].
    public List<Program> programs() {
        return readers().stream().map(LogitsProgram::program).toList();
    }

    /// All programs; the number of one in this list is its number as a reader.
    List<LogitsProgram> readers() {
        var readers = new ArrayList<>(prefill);
        readers.add(decode);
        if (score != null) {
            readers.add(score);
        }
        return readers;
    }
}
