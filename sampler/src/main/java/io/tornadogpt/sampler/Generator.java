package io.tornadogpt.sampler;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.backend.Profile;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.GptModel;

import java.util.List;
import java.util.Optional;

/// Continues sequences of token ids with a model, B of them at a time.
///
/// Results are those of a model without a cache that sees the last `blockSize` tokens of a sequence
/// at positions from 0 (nanoGPT's `generate`). While a sequence fits the block, a token costs one
/// row through the model; beyond it, every token costs a whole block, as every position changes.
///
/// What a sequence becomes is a function of the weights, the prompt, the options and the number of
/// the prompt. It does not depend on B, on the other prompts or on the number of threads, as far as
/// the backend computes each row of a batch alike wherever it stands.
///
/// Used by one thread at a time.
public final class Generator implements AutoCloseable {
    private final Session session;
    private final boolean ownsSession;
    private final GenerationPrograms programs;
    private final Predictor predictor;

    private Generator(Session session, boolean ownsSession, GenerationPrograms programs) {
        this.session = session;
        this.ownsSession = ownsSession;
        this.programs = programs;
        this.predictor = new Predictor(session, programs);
    }

    /// Opens a model for generation.
    ///
    /// @param batch B, sequences generated together
    /// @throws E if the weights cannot be had
    public static <E extends Exception> Generator open(
            Backend backend,
            GptModel model,
            int batch,
            ExecutionOptions options,
            Weights<E> weights)
            throws E {
        var programs = GenerationPrograms.of(model, batch);
        Session session = backend.open(programs.programs(), options);
        try {
            weights.writeTo(session);
            return new Generator(session, true, programs);
        } catch (Throwable failure) {
            session.close();
            throw failure;
        }
    }

    /// Opens a model for one sequence at a time, with default options.
    ///
    /// @throws E if the weights cannot be had
    public static <E extends Exception> Generator open(
            Backend backend, GptModel model, Weights<E> weights) throws E {
        return open(backend, model, 1, ExecutionOptions.DEFAULT, weights);
    }

    /// Generates in a session that is open already and has these programs beside its own; closing
    /// the generator leaves it open.
    public static Generator in(Session session, GenerationPrograms programs) {
        return new Generator(session, false, programs);
    }

    public GptModel model() {
        return programs.model();
    }

    /// Where the time of the session went; see [Session#profile].
    public Optional<Profile> profile() {
        return session.profile();
    }

    /// B, sequences generated together.
    public int batch() {
        return programs.batch();
    }

    /// Replaces the weights, as training goes on.
    ///
    /// @throws E if the weights cannot be had
    public <E extends Exception> void load(Weights<E> weights) throws E {
        weights.writeTo(session);
    }

    /// Continues one prompt.
    public Generation generate(int[] prompt, GenerationOptions options) {
        return generate(List.of(prompt), options, TokenListener.NONE).getFirst();
    }

    /// Continues prompts, any number of them: as soon as one of B sequences ends, the next prompt
    /// takes its place.
    ///
    /// @param prompts token ids, one or more each; of a prompt longer than `blockSize` the model
    ///   sees the last `blockSize` tokens, and the result says so
    /// @return what came after each prompt, in their order
    /// @throws InvalidLogitsException if no token can be drawn
    public List<Generation> generate(
            List<int[]> prompts, GenerationOptions options, TokenListener listener) {
        prompts.forEach(this::check);
        int vocabSize = model().config().vocabSize();
        var sampler = new Sampler(options.sampling(), options.seed(), vocabSize);
        return new GenerationRun(predictor, sampler, options, listener, prompts).results();
    }

    private void check(int[] prompt) {
        if (prompt.length == 0) {
            throw new IllegalArgumentException(
                    "a prompt has no tokens; give at least one to continue from, such as a newline"
                            + " or the end-of-text token");
        }
        int vocabSize = model().config().vocabSize();
        for (int i = 0; i < prompt.length; i++) {
            if (prompt[i] < 0 || prompt[i] >= vocabSize) {
                throw new IllegalArgumentException(
                        "token %d of a prompt is %d; the model's vocabulary has 0 to %d"
                                .formatted(i, prompt[i], vocabSize - 1));
            }
        }
    }

    /// Gives the session back if this generator opened it.
    @Override
    public void close() {
        if (ownsSession) {
            session.close();
        }
    }
}
