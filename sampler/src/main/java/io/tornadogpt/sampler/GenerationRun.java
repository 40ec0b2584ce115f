package io.tornadogpt.sampler;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// Generates after a list of prompts: fills the slots of a [Predictor], draws a token for each of
/// them in turn, and gives a slot to the next prompt when its sequence ends.
final class GenerationRun {
    /// A sequence that is being generated.
    ///
    /// @param number of its prompt
    private record Sequence(int number, TokenHistory history) {}

    private final Predictor predictor;
    private final Sampler sampler;
    private final GenerationOptions options;
    private final @Nullable DeviceDraw draw;
    private final TokenListener listener;
    private final List<int[]> prompts;
    private final Generation[] results;
    private final @Nullable Sequence[] slots;
    private int started;

    GenerationRun(
            Predictor predictor,
            Sampler sampler,
            GenerationOptions options,
            TokenListener listener,
            List<int[]> prompts) {
        this.predictor = predictor;
        this.sampler = sampler;
        this.options = options;
        draw = DeviceDraw.of(options.sampling());
        this.listener = listener;
        this.prompts = prompts;
        results = new Generation[prompts.size()];
        slots = new Sequence[predictor.slots()];
    }

    List<Generation> results() {
        predictor.clear();
        predictor.draw(draw);
        while (fillSlots()) {
            setKeys();
            predictor.predict();
            for (int slot = 0; slot < slots.length; slot++) {
                Sequence sequence = slots[slot];
                if (sequence != null) {
                    extend(sequence, slot);
                }
            }
        }
        return List.of(results);
    }

    /// Starts waiting prompts wherever a slot is free.
    ///
    /// @return false if no sequence is left
    private boolean fillSlots() {
        boolean busy = false;
        for (int slot = 0; slot < slots.length; slot++) {
            if (slots[slot] == null && started < prompts.size()) {
                int[] prompt = prompts.get(started);
                var history = new TokenHistory(sampler.vocabularySize(), prompt);
                slots[slot] = new Sequence(started, history);
                predictor.begin(slot, prompt);
                started++;
            }
            busy |= slots[slot] != null;
        }
        return busy;
    }

    /// A draw is a function of seed, position and number of the sequence, as those of [Sampler].
    private void setKeys() {
        for (int slot = 0; slot < slots.length; slot++) {
            Sequence sequence = slots[slot];
            if (sequence != null) {
                predictor.key(
                        slot,
                        (int) options.seed(),
                        (int) (options.seed() >>> 32),
                        sequence.history().generatedLength(),
                        options.firstSequence() + sequence.number());
            }
        }
    }

    private int next(Sequence sequence, int slot) {
        if (draw != null && predictor.drawn(slot) >= 0) {
            return predictor.drawn(slot);
        }
        int number = options.firstSequence() + sequence.number();
        return sampler.next(predictor.logits(slot), sequence.history(), number);
    }

    private void extend(Sequence sequence, int slot) {
        TokenHistory history = sequence.history();
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
                        Math.min(history.promptLength(), predictor.blockSize()));
        predictor.end(slot);
        slots[slot] = null;
    }
}
