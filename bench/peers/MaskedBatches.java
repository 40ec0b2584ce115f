import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.core.model.objective.TokenPrediction;
import io.tornadogpt.trainer.data.Batch;
import io.tornadogpt.trainer.data.BatchSource;
import io.tornadogpt.trainer.data.EvaluationBatches;
import io.tornadogpt.trainer.data.Order;
import io.tornadogpt.trainer.loop.TextTask;
import io.tornadogpt.trainer.run.Run;
import io.tornadogpt.trainer.run.Runs;
import io.tornadogpt.trainer.settings.TrainConfig;

import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Writes the masked batches of a run, for `mlm_peer.py`: all that it trains on, and those that it
/// is validated on, each as `[B, T]` tokens and `[B, T]` targets, 32 bits, big-endian.
///
///     java --module-path cli/target/gpt/lib --add-modules ALL-MODULE-PATH \
///         bench/peers/MaskedBatches.java RUN OUT
final class MaskedBatches {
    private MaskedBatches() {}

    public static void main(String[] args) throws IOException {
        Path directory = Path.of(args[0]);
        Path out = Files.createDirectories(Path.of(args[1]));
        try (Run<TextTask> run = Runs.resume(directory)) {
            TrainConfig config = run.settings().train();
            long seed = run.origin().seed();
            TextTask task = run.task();
            var model = new Model(StoredModel.open(run.directory().model()).config());
            var room =
                    new Batch(
                            model.evaluate(
                                    "dump", TokenPrediction.PLAIN, task.forms(config).getFirst()));
            BatchSource training = task.batches(config, Order.RANDOM, seed);
            try (var file = open(out.resolve("training.bin"))) {
                for (int step = 0; step < config.steps(); step++) {
                    for (int micro = 0; micro < config.gradAccumulation(); micro++) {
                        training.fill(step, micro, room);
                        write(room, file);
                    }
                }
            }
            EvaluationBatches validation = task.validation(config, seed);
            try (var file = open(out.resolve("validation.bin"))) {
                for (long batch : validation.spread(config.evalBatches())) {
                    validation.fill(batch, room);
                    write(room, file);
                }
            }
        }
    }

    private static DataOutputStream open(Path file) throws IOException {
        return new DataOutputStream(
                new java.io.BufferedOutputStream(Files.newOutputStream(file), 1 << 20));
    }

    private static void write(Batch batch, DataOutputStream file) throws IOException {
        for (int token : batch.tokens()) {
            file.writeInt(token);
        }
        for (int target : batch.integers("targets")) {
            file.writeInt(target);
        }
    }
}
