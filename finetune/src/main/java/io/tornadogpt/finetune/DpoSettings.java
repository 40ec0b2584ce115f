package io.tornadogpt.finetune;

import io.tornadogpt.core.op.PreferenceLoss;

/// How preferences are learned: the settings `dpo.*`, with TRL's names and values.
///
/// @param beta how much a difference from the reference weighs, above 0
/// @param loss `sigmoid`, or `ipo`, which compares means over the answers' tokens
/// @param labelSmoothing probability that a pair is the wrong way round, below 0.5; only with
///   `sigmoid`
public record DpoSettings(double beta, PreferenceLoss.Form loss, double labelSmoothing) {
    /// The group of these settings in files and on the command line.
    public static final String GROUP = "dpo";

    /// TRL's.
    public static final DpoSettings DEFAULT = new DpoSettings(0.1, PreferenceLoss.Form.SIGMOID, 0);

    /// @throws IllegalArgumentException naming the setting, its value and what is expected
    public DpoSettings {
        if (!(beta > 0 && Double.isFinite(beta))) {
            throw new IllegalArgumentException(
                    "dpo.beta is %s; expected more than 0".formatted(beta));
        }
        if (!(labelSmoothing >= 0 && labelSmoothing < 0.5)) {
            throw new IllegalArgumentException(
                    "dpo.labelSmoothing is %s; expected 0 or more and less than 0.5"
                            .formatted(labelSmoothing));
        }
        if (loss == PreferenceLoss.Form.IPO && labelSmoothing > 0) {
            throw new IllegalArgumentException(
                    "dpo.labelSmoothing is %s, but dpo.loss is ipo, which knows none; set it to 0"
                            .formatted(labelSmoothing));
        }
    }

    /// For the loss.
    public PreferenceLoss.Settings settings() {
        return new PreferenceLoss.Settings(loss, beta, labelSmoothing);
    }
}
