package io.tornadogpt.sampler.engine;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.EndTokens;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.sampler.GenerationPrograms;
import io.tornadogpt.sampler.Predictor;
import io.tornadogpt.sampler.Weights;
import io.tornadogpt.sampler.engine.GenerationEvent.Finished;
import io.tornadogpt.sampler.engine.Request.PromptScores;
import io.tornadogpt.tokenizer.Tokenizer;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Serves many requests at once with one model:
///
/// ```java
/// try (Engine engine = Engine.open(backend, model, EngineSettings.DEFAULT, weights);
///         GenerationStream stream = engine.submit(Request.of(tokens, options))) {
///     while (!(stream.next() instanceof Finished)) { .. }
/// }
/// ```
///
/// A request gets one of B slots as soon as one is free, while others go on. Its prompt is read in
/// pieces, one between two steps of those that go on; each step then makes one token of every
/// sequence. A slot keeps what its cache holds, so that the next turn of a conversation does not
/// read the turns before again.
///
/// What a request becomes is a function of the weights, the request and the engine's settings: with
/// others beside it, before it or none, in whichever slot, it has the same tokens and scores, bit
/// for bit, as far as the backend computes each row of a program alike wherever it stands.
///
/// The context never slides on: a prompt longer than it is refused, and a text that fills it ends
/// with [io.tornadogpt.sampler.FinishReason#CONTEXT_FULL].
///
/// May be used by any thread.
public final class Engine implements AutoCloseable {
    private final EngineSettings settings;
    private final Job.Common common;
    private final Admission admission;
    private final CountDownLatch stopped = new CountDownLatch(1);

    private Engine(
            Session session,
            GenerationPrograms programs,
            EngineSettings settings,
            Set<Integer> endTokens) {
        this.settings = settings;
        Model model = programs.model();
        common =
                new Job.Common(
                        model.config().vocabulary(),
                        model.context(),
                        endTokens,
                        settings.tokenizer().orElse(null));
        admission = new Admission(settings);
        var service = new Service(new Predictor(session, programs), admission);
        Thread.ofPlatform().name("gpt-engine").daemon().start(() -> serve(session, service));
    }

    /// Opens a model to serve requests. Texts end at the end tokens of its configuration, and at
    /// the tokenizer's end-of-text token.
    ///
    /// @throws E if the weights cannot be had
    public static <E extends Exception> Engine open(
            Backend backend, Model model, EngineSettings settings, Weights<E> weights) throws E {
        return open(backend, model, settings, EndTokens.of(model.config()), weights);
    }

    /// As [#open(Backend, Model, EngineSettings, Weights)], with other end tokens than those of the
    /// configuration, such as [EndTokens#of(Path, io.tornadogpt.core.model.ModelConfig)].
    ///
    /// @throws E if the weights cannot be had
    public static <E extends Exception> Engine open(
            Backend backend,
            Model model,
            EngineSettings settings,
            Set<Integer> endTokens,
            Weights<E> weights)
            throws E {
        int vocabulary = model.config().vocabulary();
        Set<Integer> ends = new HashSet<>(endTokens);
        settings.tokenizer().ifPresent(tokenizer -> addEnd(tokenizer, vocabulary, ends));
        GenerationPrograms programs = GenerationPrograms.of(model, settings.slots());
        if (settings.scoresPrompts()) {
            programs = programs.withScore();
        }
        Session session = backend.open(programs.programs(), settings.execution());
        try {
            weights.writeTo(session);
            return new Engine(session, programs, settings, Set.copyOf(ends));
        } catch (Throwable failure) {
            session.close();
            throw failure;
        }
    }

    private static void addEnd(Tokenizer tokenizer, int vocabulary, Set<Integer> ends) {
        tokenizer.requireRows(vocabulary);
        ends.addAll(tokenizer.endTokens());
    }

    /// Opens a model directory, with the tokenizer in it unless the settings have another.
    ///
    /// @throws IOException if files are missing or malformed
    public static Engine load(Path directory, Backend backend, EngineSettings settings)
            throws IOException {
        StoredModel stored = StoredModel.open(directory);
        EngineSettings complete =
                settings.tokenizer().isPresent()
                        ? settings
                        : settings.withTokenizer(Tokenizer.load(directory));
        Model model = stored.model();
        return open(
                backend,
                model,
                complete,
                EndTokens.of(directory, stored.config()),
                session -> stored.load(model, session));
    }

    private void serve(Session session, Service service) {
        try (session) {
            service.run();
        } catch (Throwable failure) {
            service.abandon(failure);
            throw failure;
        } finally {
            stopped.countDown();
        }
    }

    /// Hands a request in.
    ///
    /// @throws IllegalArgumentException if it cannot be served: its prompt is longer than the
    ///   context, or names tokens that the model does not have
    /// @throws QueueFullException if too many wait
    /// @throws EngineClosedException if no more requests are taken
    public GenerationStream submit(Request request) {
        return submit(List.of(request)).getFirst();
    }

    /// Hands several requests in, all or none: several texts for one prompt, say, with numbers of
    /// their own ([io.tornadogpt.sampler.GenerationOptions#firstSequence]).
    public List<GenerationStream> submit(List<Request> requests) {
        requests.forEach(this::check);
        List<Job> jobs = requests.stream().map(request -> new Job(request, common)).toList();
        admission.enter(jobs);
        return jobs.stream().map(Job::stream).toList();
    }

    /// Hands a request in and waits for its end.
    ///
    /// @throws InterruptedException if the thread is interrupted; the request is cancelled then
    public Finished generate(Request request) throws InterruptedException {
        try (GenerationStream stream = submit(request)) {
            return stream.finished();
        }
    }

    private void check(Request request) {
        request.prompt().check(common.vocabulary());
        int length = request.prompt().length();
        if (length > common.context()) {
            throw new IllegalArgumentException(
                    "the prompt has %d tokens, but the model's context has %d; shorten it"
                            .formatted(length, common.context()));
        }
        if (!request.stopStrings().isEmpty() && common.tokenizer() == null) {
            throw new IllegalArgumentException(
                    "stop strings are given, but the engine has no tokenizer to make text with;"
                            + " open it with one");
        }
        if (request.promptScores() != PromptScores.NONE && !settings.scoresPrompts()) {
            throw new IllegalArgumentException(
                    "scores of the prompt are asked for, but the engine was opened without; set"
                            + " scoresPrompts");
        }
        for (int token : request.bias().biases().keySet()) {
            if (token < 0 || token >= common.vocabulary()) {
                throw new IllegalArgumentException(
                        "a bias is given for token %d; the model's vocabulary has 0 to %d"
                                .formatted(token, common.vocabulary() - 1));
            }
        }
    }

    /// The most tokens that a prompt may have.
    public int context() {
        return common.context();
    }

    /// The tokens that end every text.
    public Set<Integer> endTokens() {
        return common.endTokens();
    }

    /// What the engine does now, and has done.
    public EngineStats stats() {
        return admission.stats();
    }

    /// Takes no more requests, and waits for those there are to end by themselves.
    ///
    /// @param within how long to wait
    /// @return whether all of them ended; if not, they go on until [#close]
    public boolean drain(Duration within) throws InterruptedException {
        admission.close(false);
        return stopped.await(within.toNanos(), TimeUnit.NANOSECONDS);
    }

    /// Takes no more requests, cancels those there are, and gives the memory back.
    @Override
    public void close() {
        admission.close(true);
        boolean interrupted = false;
        while (true) {
            try {
                stopped.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true; // the memory is in use until the step that runs is over
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
