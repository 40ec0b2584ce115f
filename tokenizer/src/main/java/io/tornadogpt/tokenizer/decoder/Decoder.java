package io.tornadogpt.tokenizer.decoder;

import io.tornadogpt.tokenizer.json.Stage;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// Turns tokens into the text they stand for, a step at a time: what a whole text decodes to is by
/// construction what a stream decodes to. Decoders are immutable; a step serves one stream.
public interface Decoder extends Stage {

    /// Takes tokens, part by part, and hands on what they become.
    interface Step {
        /// A part of a token; most tokens come as one.
        void text(String part);

        /// The token that the last parts belong to is complete.
        void endToken();

        /// No more tokens come; none is incomplete.
        void end();
    }

    /// A step that hands on to `next`.
    Step before(Step next);

    /// Decodes with a decoder, or where there is none joins the tokens with spaces.
    static String decode(@Nullable Decoder decoder, List<String> tokens) {
        StringBuilder text = new StringBuilder();
        Step step = start(decoder, text);
        for (String token : tokens) {
            step.text(token);
            step.endToken();
        }
        step.end();
        return text.toString();
    }

    /// The first step of a stream that ends in `text`.
    static Step start(@Nullable Decoder decoder, StringBuilder text) {
        Step last = new LastStep(text, decoder == null);
        return decoder == null ? last : decoder.before(last);
    }
}
