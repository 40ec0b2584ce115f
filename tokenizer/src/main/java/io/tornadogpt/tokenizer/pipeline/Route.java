package io.tornadogpt.tokenizer.pipeline;

import io.tornadogpt.tokenizer.text.Cutting;
import io.tornadogpt.tokenizer.text.IntArray;

import org.jspecify.annotations.Nullable;

/// The way from text without added tokens to ids: stage by stage, or a short way for a setting that
/// allows one, with the same ids.
public sealed interface Route permits CharacterRoute, ByteLevelRoute, StagedRoute {

    /// The shortest way that gives the pipeline's ids.
    static Route of(Pipeline pipeline) {
        Route characters = CharacterRoute.of(pipeline);
        if (characters != null) {
            return characters;
        }
        Route bytes = ByteLevelRoute.of(pipeline);
        return bytes != null ? bytes : new StagedRoute(pipeline);
    }

    /// What this pipeline's tokens are called to a user.
    String kind();

    /// Encodes `text[from, to)`, which is normalized and holds no added tokens.
    ///
    /// @param first whether it begins where the user's text begins
    void encode(String text, int from, int to, boolean first, IntArray out);

    /// Encodes bytes in which added tokens do not count; null where this way has no meaning for
    /// bytes that are not UTF-8.
    default int @Nullable [] encodeBytes(byte[] bytes) {
        return null;
    }

    /// How UTF-8 text is cut that is encoded without a look for added tokens; null where only the
    /// whole of it can be encoded.
    default @Nullable Cutting cutting() {
        return null;
    }

    /// The bytes of tokens where they stand for bytes one by one; null where they do not.
    default byte @Nullable [] @Nullable [] bytesOfTokens() {
        return null;
    }
}
