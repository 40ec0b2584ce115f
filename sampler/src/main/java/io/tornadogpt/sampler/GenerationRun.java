package io.tornadogpt.sampler;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// Generates after a list of prompts: fills the slots of a [Predictor], draws a token for each
/// sequence that has read all it has, and gives a slot to the next prompt when its sequence ends.
final class GenerationRun {
    /// A sequence that is being generated.
    ///
    /// @param number of its prompt
    private record Sequence(
            int number, GenerationOptions options, TokenHistory history, Sampler sampler) {}

    private final Predictor predictor;
    private final int vocabulary;
    private final TokenListener listener;
    private final List<Prompt> prompts;
    private final Generation[] results;
    private final @Nullable Sequence[] slots;
    private int started;

    GenerationRun(
            Predictor predictor, int vocabulary, TokenListener listener, List<Prompt> prompts) {
        this.predictor = predictor;
        this.vocabulary = vocabulary;
        this.listener = listener;
        this.prompts = prompts;
        results = new Generation[prompts.size()];
        slots = new Sequence[predictor.slots()];
    }

    List<Generation> results() {
        for (int slot = 0; slot < slots.length; slot++) {
            predictor.end(slot); // what a listener's failure may have left
        }
        while (fillSlots()) {
            readPrompts();
            if (!extendReady()) {
                predictor.decode();
                extendReady();
            }
        }
        return List.of(results);
    }

    /// Starts waiting prompts wherever a slot is free.
    ///
    /// @return false if no sequence is left
    private boolean fillSlots() {
        while (started < prompts.size()) {
            Prompt prompt = prompts.get(started);
            int slot = predictor.freeSlot(prompt.tokens());
            if (slot < 0) {
                return true;
            }
            GenerationOptions options = prompt.options();
            predictor.begin(slot, prompt.tokens());
            predictor.choose(
                    slot, options.sampling(), options.seed(), options.firstSequence(), false);
            slots[slot] =
                    new Sequence(
                            started,
                            options,
                            new TokenHistory(vocabulary, prompt.tokens()),
                            new Sampler(options.sampling(), options.seed(), vocabulary));
            started++;
        }
        for (Sequence sequence : slots) {
            if (sequence != null) {
                return true;
            }
        }
        return false;
    }

    private void readPrompts() {
        for (int slot = 0; slot < slots.length; slot++) {
            while (predictor.isReading(slot)) {
                predictor.read(slot);
            }
        }
    }

    /// Gives every sequence that is ready its next token.
    ///
    /// @return whether there was one
    private boolean extendReady() {
        boolean any = false;
        for (int slot = 0; slot < slots.length; slot++) {
            Sequence sequence = slots[slot];
            if (sequence != null && predictor.isReady(slot)) {
                extend(sequence, slot);
                any = true;
            }
        }
        return any;
    }

    private int next(Sequence sequence, int slot) {
        int drawn = predictor.drawn(slot);
        return drawn >= 0
                ? drawn
                : sequence.sampler()
                        .next(
                                predictor.logits(slot),
                                sequence.history(),
                                sequence.options().firstSequence());
    }

    private void extend(Sequence sequence, int slot) {
        TokenHistory history = sequence.history();
        GenerationOptions options = sequence.options();
        int token = next(sequence, slot);
        if (options.endTokens().contains(token)) {
            finish(sequence, slot, FinishReason.END_TOKEN);
            return;
        }
        history.append(token);
        if (!listener.accept(sequence.number(), token)) {
            finish(sequence, slot, FinishReason.STOPPED);
        } else if (history.generatedLength() == options.maxNewTokens()) {
            finish(sequence, slot, FinishReason.MAX_NEW_TOKENS);
        } else {
            predictor.append(slot, token);
        }
    }

    private void finish(Sequence sequence, int slot, FinishReason reason) {
        TokenHistory history = sequence.history();
        results[sequence.number()] =
                new Generation(
                        history.generated(),
                        reason,
                        history.promptLength(),
                        Math.min(history.promptLength(), predictor.context()));
        predictor.end(slot);
        slots[slot] = null;
    }
}
