package io.tornadogpt.cli;

import io.tornadogpt.sampler.TextListener;

import java.util.ArrayList;
import java.util.List;

/// Prints texts that are generated at the same time one after the other: what comes of the first
/// that is not finished is printed at once, and the others wait.
final class SampleOutput implements TextListener {
    private final Screen screen;
    private final String prompt;
    private final boolean silent;
    private final List<StringBuilder> texts = new ArrayList<>();

    /// @param samples texts that will come
    /// @param silent whether nothing is printed
    SampleOutput(Screen screen, String prompt, int samples, boolean silent) {
        this.screen = screen;
        this.prompt = prompt;
        this.silent = silent;
        for (int i = 0; i < samples; i++) {
            texts.add(new StringBuilder());
        }
    }

    void begin() {
        if (!silent) {
            screen.text(screen.bold(prompt));
        }
    }

    /// Ends at the next token where nobody reads any more.
    @Override
    public boolean accept(int sequence, String piece) {
        if (silent) {
            return screen.isOpen();
        }
        if (sequence == 0) {
            screen.text(piece);
        } else {
            texts.get(sequence).append(piece);
        }
        return screen.isOpen();
    }

    /// Ends the line that was begun, where no text comes of it.
    void abandon() {
        if (!silent) {
            screen.line("");
        }
    }

    /// Prints the texts that waited.
    void end() {
        if (silent) {
            return;
        }
        screen.line("");
        for (StringBuilder text : texts.subList(1, texts.size())) {
            screen.rule("");
            screen.line(screen.bold(prompt) + text);
        }
    }
}
