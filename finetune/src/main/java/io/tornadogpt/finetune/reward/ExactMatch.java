package io.tornadogpt.finetune.reward;

/// 1 where the text is the wanted one, white space around both left out, else 0.
public record ExactMatch() implements Reward {
    @Override
    public String name() {
        return "exact_match";
    }

    @Override
    public double of(Answer answer) {
        return answer.text().strip().equals(answer.requireWanted().strip()) ? 1 : 0;
    }
}
