package io.tornadogpt.finetune.reward;

/// Says what an answer is worth. Called by the thread that trains, once for each answer; for a run
/// to be repeatable it must give equal answers equal rewards.
public interface Reward {
    /// The name under which it is logged and chosen with `grpo.reward`: letters, digits, `_`, `-`
    /// and `.`.
    String name();

    /// What an answer is worth: a finite number, of which only differences within a group count.
    double of(Answer answer);
}
