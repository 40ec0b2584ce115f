package io.tornadogpt.finetune;

/// How instructions are learned: the settings `sft.*`.
///
/// @param loss of which tokens
public record SftSettings(Loss loss) {
    /// The group of these settings in files and on the command line.
    public static final String GROUP = "sft";

    /// Answers only.
    public static final SftSettings DEFAULT = new SftSettings(Loss.ANSWERS);

    /// Which tokens are learned.
    public enum Loss {
        /// Those of answers, their end included.
        ANSWERS,
        /// All of them.
        ALL
    }
}
