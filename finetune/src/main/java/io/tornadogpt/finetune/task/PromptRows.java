package io.tornadogpt.finetune.task;

import io.tornadogpt.finetune.data.DataRow;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.data.Batch;
import io.tornadogpt.trainer.data.Rows;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.List;

/// Prompts that a model is to answer. Before it has, a batch of them holds nothing to predict.
final class PromptRows implements Rows {
    private static final int NONE = -1;

    private final List<Prompt> prompts;

    /// A prompt.
    ///
    /// @param row that it comes from
    /// @param ids of its tokens, at least one
    /// @param wanted answer, null where the row gives none
    record Prompt(DataRow row, int[] ids, @Nullable String wanted) {}

    PromptRows(List<Prompt> prompts) {
        this.prompts = List.copyOf(prompts);
    }

    Prompt get(int row) {
        return prompts.get(row);
    }

    @Override
    public int count() {
        return prompts.size();
    }

    @Override
    public int length(int row) {
        return prompts.get(row).ids.length;
    }

    /// The first prompts, and the answers that are wanted.
    List<RowTask.Question> questions(int count, Tokenizer tokenizer) {
        return prompts.subList(0, count).stream()
                .map(p -> new RowTask.Question(p.ids, answer(p.wanted, tokenizer)))
                .toList();
    }

    private static int[] answer(@Nullable String wanted, Tokenizer tokenizer) {
        return wanted == null ? new int[0] : tokenizer.encode(wanted);
    }

    @Override
    public double fill(List<int[]> lines, Batch batch) {
        batch.clearRows();
        Arrays.fill(batch.integers("targets"), NONE);
        Arrays.fill(batch.numbers("weights"), 0);
        for (int line = 0; line < lines.size(); line++) {
            batch.putRow(prompts.get(lines.get(line)[0]).ids, line * batch.length());
        }
        return 0;
    }
}
