package io.tornadogpt.sampler;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.backend.Profile;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.backend.SingleUser;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.StoredModel;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Continues sequences of token ids with a model, B of them at a time.
///
/// Results are those of a model without a cache that sees the last tokens of a sequence, as many as
/// its context has, at positions from 0 (nanoGPT's `generate`), however it knows positions. While a
/// sequence fits the context, a token costs one row through the model; beyond it, every token costs
/// a whole context, as every position changes.
///
/// What a sequence becomes is a function of the weights, the prompt, the options and the number of
/// the prompt. It does not depend on the other prompts or on the number of threads; nor on B, up to
/// the rounding of products of another size.
///
/// Used by one thread at a time, and a second one is refused by name;
/// [io.tornadogpt.sampler.engine.Engine] serves many.
public final class Generator implements AutoCloseable {
    private final Session session;
    private final boolean ownsSession;
    private final GenerationPrograms programs;
    private final Predictor predictor;
    private final SingleUser user = new SingleUser("this generator");

    private Generator(Session session, boolean ownsSession, GenerationPrograms programs) {
        this.session = session;
        this.ownsSession = ownsSession;
        this.programs = programs;
        this.predictor = new Predictor(session, programs);
    }

    /// Opens a model for generation.
    ///
    /// @throws E if the weights cannot be had
    public static <E extends Exception> Generator open(
            Backend backend, Model model, GeneratorSettings settings, Weights<E> weights) throws E {
        var programs = GenerationPrograms.of(model, settings.sequences());
        Session session = backend.open(programs.programs(), settings.execution());
        try {
            weights.writeTo(session);
            return new Generator(session, true, programs);
        } catch (Throwable failure) {
            session.close();
            throw failure;
        }
    }

    /// Opens a model for one sequence at a time, with default settings.
    ///
    /// @throws E if the weights cannot be had
    public static <E extends Exception> Generator open(
            Backend backend, Model model, Weights<E> weights) throws E {
        return open(backend, model, GeneratorSettings.DEFAULT, weights);
    }

    /// As [#open(Backend, Model, GeneratorSettings, Weights)].
    ///
    /// @param batch B, sequences generated together
    /// @throws E if the weights cannot be had
    public static <E extends Exception> Generator open(
            Backend backend, Model model, int batch, ExecutionOptions options, Weights<E> weights)
            throws E {
        return open(backend, model, new GeneratorSettings(batch, options), weights);
    }

    /// Opens a model directory, or a checkpoint file of llm.c, on this machine's processor.
    ///
    /// @throws IOException if files are missing or malformed
    public static Generator open(Path path) throws IOException {
        return open(path, GeneratorSettings.DEFAULT);
    }

    /// As [#open(Path)] with other settings.
    ///
    /// @throws IOException if files are missing or malformed
    public static Generator open(Path path, GeneratorSettings settings) throws IOException {
        StoredModel stored = StoredModel.open(path);
        Model model = stored.model();
        return open(Backends.standard(), model, settings, session -> stored.load(model, session));
    }

    /// Generates in a session that is open already and has these programs beside its own; closing
    /// the generator leaves it open.
    public static Generator in(Session session, GenerationPrograms programs) {
        return new Generator(session, false, programs);
    }

    public Model model() {
        return programs.model();
    }

    /// Where the time of the session went; see [Session#profile].
    public Optional<Profile> profile() {
        return session.profile();
    }

    /// B, sequences generated together.
    public int batch() {
        return programs.slots();
    }

    /// Replaces the weights, as training goes on.
    ///
    /// @throws E if the weights cannot be had
    public <E extends Exception> void load(Weights<E> weights) throws E {
        predictor.clear();
        weights.writeTo(session);
    }

    /// Continues one prompt.
    public Generation generate(int[] prompt, GenerationOptions options) {
        return generate(List.of(prompt), options, TokenListener.NONE).getFirst();
    }

    /// Continues prompts, any number of them: as soon as one of B sequences ends, the next prompt
    /// takes its place.
    ///
    /// @param prompts token ids, one or more each; of a prompt longer than the context the model
    ///   sees the end, and the result says so
    /// @return what came after each prompt, in their order
    /// @throws InvalidLogitsException if no token can be drawn
    public List<Generation> generate(
            List<int[]> prompts, GenerationOptions options, TokenListener listener) {
        var numbered = new ArrayList<Prompt>();
        for (int[] prompt : prompts) {
            int number = options.firstSequence() + numbered.size();
            numbered.add(new Prompt(prompt, options.withFirstSequence(number)));
        }
        return generate(numbered, listener);
    }

    /// As [#generate(List, GenerationOptions, TokenListener)], each prompt with options of its own:
    /// sampling, seed, end tokens and length.
    public List<Generation> generate(List<Prompt> prompts, TokenListener listener) {
        int vocabulary = model().config().vocabulary();
        prompts.forEach(prompt -> prompt.check(vocabulary));
        user.enter();
        try {
            if (!ownsSession) {
                predictor.clear(); // its owner may have changed the weights
            }
            return new GenerationRun(predictor, vocabulary, listener, prompts).results();
        } finally {
            user.leave();
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
