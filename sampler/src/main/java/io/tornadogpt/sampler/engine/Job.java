package io.tornadogpt.sampler.engine;

import io.tornadogpt.sampler.FinishReason;
import io.tornadogpt.sampler.GenerationOptions;
import io.tornadogpt.sampler.KnownTokens;
import io.tornadogpt.sampler.Predictor;
import io.tornadogpt.sampler.Sampler;
import io.tornadogpt.sampler.SamplingChain;
import io.tornadogpt.sampler.TokenHistory;
import io.tornadogpt.sampler.engine.GenerationEvent.Finished;
import io.tornadogpt.sampler.engine.GenerationEvent.PromptRead;
import io.tornadogpt.sampler.engine.Request.PromptScores;
import io.tornadogpt.tokenizer.Tokenizer;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;

/// One request on its way: waiting, then in a slot. Used by the engine's thread only, once it has a
/// slot.
final class Job {
    /// What all requests of an engine have in common.
    ///
    /// @param vocabulary V, of the model
    /// @param context the model's
    /// @param endTokens those that end every text
    record Common(
            int vocabulary, int context, Set<Integer> endTokens, @Nullable Tokenizer tokenizer) {}

    private final Request request;
    private final Common common;
    private final GenerationOptions options;
    private final GenerationStream stream = new GenerationStream();
    private final long submitted = System.nanoTime();
    private final TextAssembly text;
    private final SamplingChain chain;
    private final List<TokenScore> promptScores = new ArrayList<>();
    private @Nullable TokenHistory history;
    private @Nullable Sampler sampler;
    private BitSet allowed = new BitSet();
    private long begun;
    private int kept;
    private boolean promptRead;

    Job(Request request, Common common) {
        this.request = request;
        this.common = common;
        options = request.prompt().options().withMoreEndTokens(common.endTokens());
        text = new TextAssembly(common.tokenizer(), request.stopStrings());
        chain = chain();
    }

    /// Constraint, tokenizer and biases come before the steps of the request. Where there are none
    /// the chain is the request's own, which a device may be able to draw by.
    private SamplingChain chain() {
        SamplingChain all = options.sampling();
        if (!request.bias().biases().isEmpty()) {
            all = all.after(request.bias());
        }
        Tokenizer tokenizer = common.tokenizer();
        if (tokenizer != null && tokenizer.vocabularySize() < common.vocabulary()) {
            all = all.after(new KnownTokens(tokenizer.vocabularySize()));
        }
        if (request.constraint().isPresent()) {
            all =
                    all.after(
                            (candidates, before) ->
                                    candidates.retain((token, logit) -> allowed.get(token)));
        }
        return all;
    }

    String client() {
        return request.client();
    }

    GenerationStream stream() {
        return stream;
    }

    /// Why the request is to end before its time, or null.
    @Nullable FinishReason unwanted(long now) {
        if (stream.isCancelled()) {
            return FinishReason.CANCELLED;
        }
        boolean late =
                request.deadline().isPresent()
                        && now - submitted >= request.deadline().get().toNanos();
        return late ? FinishReason.DEADLINE : null;
    }

    int[] tokens() {
        return request.prompt().tokens();
    }

    /// How long it has had a slot, in nanoseconds.
    long served() {
        return System.nanoTime() - begun;
    }

    void begin(Predictor predictor, int slot) {
        begun = System.nanoTime();
        int[] prompt = tokens();
        history = new TokenHistory(common.vocabulary(), prompt);
        if (request.promptScores() == PromptScores.NONE) {
            kept = predictor.begin(slot, prompt);
        } else {
            predictor.beginScored(
                    slot, (position, logits) -> scorePrompt(prompt, position, logits), prompt);
        }
        predictor.choose(
                slot, chain, options.seed(), options.firstSequence(), request.scores().isPresent());
    }

    private void scorePrompt(int[] prompt, int position, float[] logits) {
        if (position + 1 < prompt.length) {
            promptScores.add(
                    TokenScore.of(prompt[position + 1], logits, request.scores().orElse(0)));
        }
    }

    /// Draws the next token of a sequence that is ready.
    ///
    /// @return why it ends here, or null if it goes on
    @Nullable FinishReason extend(Predictor predictor, int slot) {
        TokenHistory tokens = Objects.requireNonNull(history);
        if (!promptRead) {
            promptRead = true;
            stream.add(new PromptRead(kept, promptScores));
            if (request.promptScores() == PromptScores.ALONE) {
                return FinishReason.MAX_NEW_TOKENS;
            }
        }
        OptionalInt next = next(predictor, slot, tokens);
        if (next.isEmpty() || options.endTokens().contains(next.getAsInt())) {
            return FinishReason.END_TOKEN;
        }
        int token = next.getAsInt();
        TokenScore score =
                request.scores().isPresent()
                        ? TokenScore.of(token, predictor.logits(slot), request.scores().getAsInt())
                        : null;
        tokens.append(token);
        request.constraint().ifPresent(constraint -> constraint.accept(token));
        text.push(token, score).ifPresent(stream::add);
        if (text.stopString().isPresent()) {
            return FinishReason.STOPPED;
        }
        if (tokens.generatedLength() == options.maxNewTokens()) {
            return FinishReason.MAX_NEW_TOKENS;
        }
        if (tokens.length() > common.context()) {
            return FinishReason.CONTEXT_FULL; // no position is left to read this token at
        }
        predictor.append(slot, token);
        return null;
    }

    /// @return empty where no token may come
    private OptionalInt next(Predictor predictor, int slot, TokenHistory tokens) {
        if (request.constraint().isPresent()) {
            allowed = request.constraint().get().allowed();
            if (allowed.isEmpty()) {
                return OptionalInt.empty();
            }
        }
        int drawn = predictor.drawn(slot);
        if (drawn >= 0) {
            return OptionalInt.of(drawn);
        }
        if (sampler == null) {
            sampler = new Sampler(chain, options.seed(), common.vocabulary());
        }
        return OptionalInt.of(
                sampler.next(predictor.logits(slot), tokens, options.firstSequence()));
    }

    void finish(FinishReason reason) {
        FinishReason told = reason;
        text.finish().ifPresent(stream::add);
        if (text.stopString().isPresent()) {
            told = FinishReason.STOPPED; // the last bytes, which end in no character, completed it
        }
        var tokens = new ArrayList<Integer>();
        if (history != null) {
            for (int token : history.generated()) {
                tokens.add(token);
            }
        }
        stream.add(
                new Finished(
                        told,
                        text.text(),
                        tokens,
                        text.stopString(),
                        request.prompt().length(),
                        kept));
    }

    void fail(Throwable failure) {
        stream.fail(failure);
    }

    /// Number of tokens generated.
    int generated() {
        return history == null ? 0 : history.generatedLength();
    }

    int kept() {
        return kept;
    }
}
