package io.tornadogpt.core.model.adapter;

import java.util.List;

/// Settings of a low-rank adapter (Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models",
/// 2021), as PEFT's `LoraConfig` has them: a linear layer becomes `x . w^T + scale * (dropout(x) .
/// a^T) . b^T`, with `a` of shape `[rank, in]` and `b` of shape `[out, rank]`.
///
/// @param rank r, rows of `a`
/// @param alpha the scale is `alpha / rank`, or `alpha / sqrt(rank)` with `rslora`
/// @param dropout probability of an element of `x` to be dropped while training
/// @param targets which linear layers: ends of their names at a dot, as in `c_attn` or
///   `attn.c_proj`; or [#ALL_LINEAR] alone; or one regular expression that matches whole names, as
///   in `.*\\.mlp\\..*`; empty for those that the family's adapters usually change
/// @param rslora whether the scale is divided by the root of the rank (Kalajdzievski, 2023)
/// @param modulesToSave layers that are trained as a whole and kept in the adapter, by the ends of
///   their names; of a model of labels its classifier is one of them without being named
public record LoraConfig(
        int rank,
        double alpha,
        double dropout,
        List<String> targets,
        boolean rslora,
        List<String> modulesToSave) {
    /// As only target: every linear layer but the head.
    public static final String ALL_LINEAR = "all-linear";

    /// @throws IllegalArgumentException naming what is out of range
    public LoraConfig {
        if (rank < 1) {
            throw new IllegalArgumentException(
                    "lora.rank is %d; expected 1 or more".formatted(rank));
        }
        if (!Double.isFinite(alpha)) {
            throw new IllegalArgumentException(
                    "lora.alpha is %s; expected a finite number".formatted(alpha));
        }
        if (!(dropout >= 0 && dropout < 1)) {
            throw new IllegalArgumentException(
                    "lora.dropout is %s; expected 0 <= dropout < 1".formatted(dropout));
        }
        targets = List.copyOf(targets);
        modulesToSave = List.copyOf(modulesToSave);
    }

    /// Without whole modules.
    public LoraConfig(
            int rank, double alpha, double dropout, List<String> targets, boolean rslora) {
        this(rank, alpha, dropout, targets, rslora, List.of());
    }

    /// Of the family's usual targets, `alpha` as large as the rank, no dropout.
    public static LoraConfig ofRank(int rank) {
        return new LoraConfig(rank, rank, 0, List.of(), false);
    }

    public LoraConfig withAlpha(double newAlpha) {
        return new LoraConfig(rank, newAlpha, dropout, targets, rslora, modulesToSave);
    }

    public LoraConfig withDropout(double newDropout) {
        return new LoraConfig(rank, alpha, newDropout, targets, rslora, modulesToSave);
    }

    public LoraConfig withTargets(String... newTargets) {
        return new LoraConfig(rank, alpha, dropout, List.of(newTargets), rslora, modulesToSave);
    }

    public LoraConfig withRslora(boolean newRslora) {
        return new LoraConfig(rank, alpha, dropout, targets, newRslora, modulesToSave);
    }

    public LoraConfig withModulesToSave(String... modules) {
        return new LoraConfig(rank, alpha, dropout, targets, rslora, List.of(modules));
    }
}
