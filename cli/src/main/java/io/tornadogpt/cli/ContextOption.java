package io.tornadogpt.cli;

import io.tornadogpt.core.model.Model;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Option;

/// For how many tokens a model has room.
final class ContextOption {
    private static final int USUAL = 4096;

    @Option(
            names = "--context",
            paramLabel = "N",
            description =
                    "The number of tokens, prompt and answer together, for which there is room"
                            + " (default: the model's context, at most 4096).")
    private @Nullable Integer context;

    /// The model with room for as many positions as were asked for.
    Model model(Model whole) {
        return whole.withContext(context == null ? Math.min(whole.context(), USUAL) : context);
    }
}
