package io.tornadogpt.evaluation;

import java.util.List;

/// How a task's answers are made, greedily, and judged.
///
/// @param until texts that end an answer, beside the model's own end tokens
/// @param maxNewTokens the longest answer
/// @param graders one or more, each a metric
public record Answering(List<String> until, int maxNewTokens, List<Grader> graders) {
    public Answering {
        until = List.copyOf(until);
        graders = List.copyOf(graders);
        if (maxNewTokens < 1) {
            throw new IllegalArgumentException(
                    "answers have at most %d tokens; expected 1 or more".formatted(maxNewTokens));
        }
        if (until.contains("") || graders.isEmpty()) {
            throw new IllegalArgumentException(
                    "a task with answers needs one grader or more and no empty text that ends"
                            + " them");
        }
    }
}
