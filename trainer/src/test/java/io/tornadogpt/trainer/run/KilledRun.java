package io.tornadogpt.trainer.run;

import io.tornadogpt.core.files.Storage;
import io.tornadogpt.trainer.settings.TrainConfig;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A process that begins or resumes a run of 200 steps with a checkpoint every 5, and says so when
/// it has come to a place within a save where it is to be killed; there it waits for it.
final class KilledRun {
    static final String BEGUN = "begun";
    static final String HERE = "here";
    static final String DONE = "done";

    private KilledRun() {}

    static TrainConfig config() {
        return TinyRun.config(
                "steps=200", "checkpointInterval=5", "evalInterval=10", "keepCheckpoints=2");
    }

    /// @param args the run's directory; before which of the operations of its saves on the disk it
    ///   is to wait, a negative number for nowhere; and the model that an adapter is trained of,
    ///   none where the run trains a model
    public static void main(String[] args) throws IOException {
        Path directory = Path.of(args[0]);
        int last = Integer.parseInt(args[1]);
        var count = new int[1];
        Storage storage =
                new FaultyStorage()
                        .before(
                                operation -> {
                                    if (isOfASave(directory, operation.path())
                                            && count[0]++ == last) {
                                        say(HERE);
                                        await();
                                    }
                                });
        Trainer trainer =
                args.length > 2
                        ? TinyRun.adapterTrainer(directory, config(), Path.of(args[2]))
                        : TinyRun.trainer(directory, config());
        trainer.storage(storage);
        boolean begun = new RunDirectory(directory).lastCheckpoint().isPresent();
        if (begun) {
            trainer.resume();
        } else if (Files.exists(directory)) {
            TinyRun.delete(directory); // killed before there was anything to lose
        }
        say(BEGUN);
        trainer.run();
        say(DONE);
    }

    /// Whether a path is a checkpoint's or the kept model's, or what stands beside it meanwhile.
    private static boolean isOfASave(Path directory, Path path) {
        String place = directory.relativize(path).toString();
        return place.contains("step-") || place.contains("best") || place.contains("adapter");
    }

    private static void say(String word) {
        System.out.println(word);
        System.out.flush();
    }

    private static void await() {
        try {
            Thread.sleep(60_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
