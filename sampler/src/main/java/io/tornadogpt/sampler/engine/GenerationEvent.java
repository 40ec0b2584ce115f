package io.tornadogpt.sampler.engine;

import io.tornadogpt.sampler.FinishReason;

import java.util.List;
import java.util.Optional;

/// What comes out of a [GenerationStream]: [PromptRead] unless the request ended before, any number
/// of [Piece]s, and [Finished].
public sealed interface GenerationEvent {
    /// The prompt was read, and generation begins.
    ///
    /// @param keptTokens how many of its tokens the cache held from a sequence before
    /// @param scores of its tokens but the first, before which there is nothing; empty unless asked
    ///   for
    record PromptRead(int keptTokens, List<TokenScore> scores) implements GenerationEvent {
        public PromptRead {
            scores = List.copyOf(scores);
        }
    }

    /// What became certain: tokens that may be the beginning of a stop string are held back.
    ///
    /// @param text whole characters; empty where a token is a part of one, or there is no tokenizer
    /// @param tokens whose text is out now
    /// @param scores of these tokens; empty unless asked for
    record Piece(String text, List<Integer> tokens, List<TokenScore> scores)
            implements GenerationEvent {
        public Piece {
            tokens = List.copyOf(tokens);
            scores = List.copyOf(scores);
        }
    }

    /// The end.
    ///
    /// @param reason why it ended
    /// @param text all of it: that of all pieces, joined
    /// @param tokens all that were generated, without an end token; where a stop string was found
    ///   they go beyond the text
    /// @param stopString the one that was found
    /// @param promptTokens length of the prompt
    /// @param keptTokens how many of these the cache held from a sequence before
    record Finished(
            FinishReason reason,
            String text,
            List<Integer> tokens,
            Optional<String> stopString,
            int promptTokens,
            int keptTokens)
            implements GenerationEvent {
        public Finished {
            tokens = List.copyOf(tokens);
        }
    }
}
