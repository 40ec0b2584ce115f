package io.tornadogpt.cli;

import io.tornadogpt.chat.Conversation;
import io.tornadogpt.sampler.FinishReason;
import io.tornadogpt.sampler.GeneratedText;
import io.tornadogpt.sampler.GenerationOptions;
import io.tornadogpt.sampler.TextGenerator;
import io.tornadogpt.server.model.ChatFormat;
import io.tornadogpt.server.model.ChatTokens;

import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/// A model that answers.
///
/// @param writer stops at the format's stop strings
/// @param options whose `maxNewTokens` is the longest answer
/// @param context positions of the model
record ChatPartner(
        TextGenerator writer,
        ChatFormat format,
        ChatTokens tokens,
        GenerationOptions options,
        int context)
        implements Chat.Partner {
    /// The part of the context that is kept free for an answer, where it need not be longer.
    private static final int ANSWERS_PART = 4;

    @Override
    public int length(Conversation conversation) {
        return tokens.of(format, conversation).length;
    }

    @Override
    public int room() {
        return context - Math.max(1, Math.min(options.maxNewTokens(), context / ANSWERS_PART));
    }

    @Override
    public Chat.Answer answer(
            Conversation conversation, int turn, BooleanSupplier stopped, Consumer<String> out) {
        int[] prompt = tokens.of(format, conversation);
        GenerationOptions fitting =
                options.withMaxNewTokens(Math.min(options.maxNewTokens(), context - prompt.length))
                        .withFirstSequence(turn);
        GeneratedText text =
                writer.generate(
                                List.of(prompt),
                                fitting,
                                (sequence, piece) -> {
                                    out.accept(piece);
                                    return !stopped.getAsBoolean();
                                })
                        .getFirst();
        return new Chat.Answer(text.text(), text.finishReason() != FinishReason.MAX_NEW_TOKENS);
    }
}
