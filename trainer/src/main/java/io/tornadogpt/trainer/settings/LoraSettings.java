package io.tornadogpt.trainer.settings;

import io.tornadogpt.core.model.adapter.LoraConfig;

import java.util.Arrays;
import java.util.List;

/// Whether a low-rank adapter of a model is trained instead of the model itself: the settings
/// `lora.*`, as PEFT calls them.
///
/// @param rank r; 0 trains the model itself
/// @param alpha the product of the adapter is multiplied by `alpha / rank`; 0 for an alpha as large
///   as the rank
/// @param dropout probability of an element to be dropped before the adapter
/// @param targets which linear layers: ends of their names with commas between them, as in
///   `q_proj,v_proj`; `all-linear`; a regular expression that matches whole names; empty for the
///   family's usual ones
/// @param rslora whether the product is multiplied by `alpha / sqrt(rank)` instead
public record LoraSettings(int rank, double alpha, double dropout, String targets, boolean rslora) {
    /// The group of these settings in files and on the command line.
    public static final String GROUP = "lora";

    /// No adapter.
    public static final LoraSettings NONE = new LoraSettings(0, 0, 0, "", false);

    /// @throws IllegalArgumentException naming the setting, its value and what is expected
    public LoraSettings {
        if (rank < 0) {
            throw new IllegalArgumentException(
                    "lora.rank is %d; expected 1 or more, or 0 for no adapter".formatted(rank));
        }
        if (!Double.isFinite(alpha)) {
            throw new IllegalArgumentException(
                    "lora.alpha is %s; expected a number".formatted(alpha));
        }
        if (!(dropout >= 0 && dropout < 1)) {
            throw new IllegalArgumentException(
                    "lora.dropout is %s; expected 0 <= dropout < 1".formatted(dropout));
        }
        boolean others = alpha != 0 || dropout != 0 || !targets.isBlank() || rslora;
        if (rank == 0 && others) {
            throw new IllegalArgumentException(
                    "lora.rank is 0, so there is no adapter for the other settings of lora to"
                            + " describe; set lora.rank too");
        }
    }

    /// Whether there is an adapter.
    public boolean asked() {
        return rank > 0;
    }

    /// What kind of adapter.
    ///
    /// @throws IllegalArgumentException where there is none
    public LoraConfig config() {
        return new LoraConfig(rank, alpha == 0 ? rank : alpha, dropout, names(), rslora);
    }

    /// A regular expression may have commas of its own.
    private List<String> names() {
        boolean plain = targets.chars().allMatch(c -> ",._- ".indexOf(c) >= 0 || isWord(c));
        return plain
                ? Arrays.stream(targets.split(","))
                        .map(String::strip)
                        .filter(name -> !name.isEmpty())
                        .toList()
                : List.of(targets.strip());
    }

    private static boolean isWord(int c) {
        return Character.isLetterOrDigit(c);
    }
}
