package io.tornadogpt.finetune;

import io.tornadogpt.trainer.run.RunDirectory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// A process that begins or resumes a run of fine-tuning, and says so when it is done.
final class KilledFineTuning {
    static final String DONE = "done";

    private static final int STEPS = 12;

    private static final String[] REWARDED = {
        "grpo.groupSize=2",
        "grpo.maxNewTokens=6",
        "grpo.reward=regular_expression",
        "grpo.pattern=e"
    };

    private KilledFineTuning() {}

    /// The last checkpoint of a run that came to its end.
    static Path lastCheckpoint(Path run) {
        return new RunDirectory(run).checkpoint(STEPS);
    }

    /// @param args the run's directory and what it is to learn
    public static void main(String[] args) throws IOException {
        Path run = Path.of(args[0]);
        if (new RunDirectory(run).lastCheckpoint().isPresent()) {
            FineTuning.resume(run).train();
        } else {
            clear(run); // killed before there was anything to lose
            FineTuning.begin(run, begun(Goal.valueOf(args[1]))).train();
        }
        System.out.println(DONE);
    }

    private static NewFineTuning begun(Goal goal) throws IOException {
        String rows =
                switch (goal) {
                    case SFT, GRPO -> "instructions.jsonl";
                    case CLASSIFY -> "labels.csv";
                    case DPO -> "preferences.jsonl";
                };
        NewFineTuning begun =
                NewFineTuning.of(goal, Golden.model("gpt2"), Golden.file(rows))
                        .with(
                                "train.steps=" + STEPS,
                                "train.batchSize=2",
                                "train.learningRate=1e-3",
                                "train.evalInterval=4",
                                "train.checkpointInterval=4",
                                "data.validation=0.25");
        return goal == Goal.GRPO ? begun.with(REWARDED) : begun;
    }

    private static void clear(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        List<Path> all;
        try (Stream<Path> files = Files.walk(directory)) {
            all = files.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : all) {
            Files.delete(file);
        }
    }
}
