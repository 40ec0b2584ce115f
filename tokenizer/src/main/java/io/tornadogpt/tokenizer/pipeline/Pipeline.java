package io.tornadogpt.tokenizer.pipeline;

import io.tornadogpt.tokenizer.AddedToken;
import io.tornadogpt.tokenizer.decoder.Decoder;
import io.tornadogpt.tokenizer.model.Model;
import io.tornadogpt.tokenizer.normalizer.Normalizer;
import io.tornadogpt.tokenizer.pretokenizer.PreTokenizer;
import io.tornadogpt.tokenizer.processor.PostProcessor;

import org.jspecify.annotations.Nullable;

import java.util.Collection;
import java.util.List;

/// All that a tokenizer is: the five stages, of which all but the model may be absent, the added
/// tokens, and what the files say of lengths and roles.
public record Pipeline(
        AddedTokens added,
        @Nullable Normalizer normalizer,
        @Nullable PreTokenizer preTokenizer,
        Model model,
        @Nullable PostProcessor postProcessor,
        @Nullable Decoder decoder,
        @Nullable Truncation truncation,
        @Nullable Padding padding,
        Conventions conventions) {

    /// A pipeline without anything about lengths.
    public static Pipeline of(
            Collection<AddedToken> added,
            @Nullable Normalizer normalizer,
            @Nullable PreTokenizer preTokenizer,
            Model model,
            @Nullable PostProcessor postProcessor,
            @Nullable Decoder decoder) {
        return new Pipeline(
                new AddedTokens(List.copyOf(added), normalizer),
                normalizer,
                preTokenizer,
                model,
                postProcessor,
                decoder,
                null,
                null,
                Conventions.NONE);
    }

    public Pipeline withAdded(Collection<AddedToken> tokens) {
        return new Pipeline(
                new AddedTokens(tokens, normalizer),
                normalizer,
                preTokenizer,
                model,
                postProcessor,
                decoder,
                truncation,
                padding,
                conventions);
    }

    public Pipeline withPostProcessor(@Nullable PostProcessor processor) {
        return new Pipeline(
                added,
                normalizer,
                preTokenizer,
                model,
                processor,
                decoder,
                truncation,
                padding,
                conventions);
    }

    public Pipeline withLengths(@Nullable Truncation shorter, @Nullable Padding longer) {
        return new Pipeline(
                added,
                normalizer,
                preTokenizer,
                model,
                postProcessor,
                decoder,
                shorter,
                longer,
                conventions);
    }

    public Pipeline withConventions(Conventions others) {
        return new Pipeline(
                added,
                normalizer,
                preTokenizer,
                model,
                postProcessor,
                decoder,
                truncation,
                padding,
                others);
    }

    /// One more than the largest id.
    public int size() {
        return Math.max(model.vocabulary().size(), added.size());
    }

    /// A token's name, or null where no token has the id.
    public @Nullable String token(int id) {
        AddedToken token = added.get(id);
        return token != null ? token.content() : model.vocabulary().token(id);
    }
}
