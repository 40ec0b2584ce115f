package io.tornadogpt.finetune.task;

import io.tornadogpt.core.model.graph.Objective;
import io.tornadogpt.core.model.objective.TokenPrediction;
import io.tornadogpt.trainer.data.Row;
import io.tornadogpt.trainer.data.TokenRows;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// Supervised fine-tuning: learns the answers to instructions, token by token.
public final class SftTask extends RowTask {
    private final long targets;

    /// @param validation null for none
    public SftTask(Source source, List<Row> training, @Nullable List<Row> validation) {
        super(
                source,
                new TokenRows(training),
                validation == null ? null : new TokenRows(validation));
        this.targets = training.stream().mapToLong(SftTask::targets).sum();
    }

    private static long targets(Row row) {
        long count = 0;
        for (int target : row.targets()) {
            count += target >= 0 ? 1 : 0;
        }
        return count;
    }

    /// Tokens that are learned in an epoch.
    public long targets() {
        return targets;
    }

    @Override
    public Objective objective() {
        return TokenPrediction.PLAIN;
    }
}
