package io.tornadogpt.cli;

import io.tornadogpt.evaluation.Evaluator;
import io.tornadogpt.evaluation.bias.BiasProbe;
import io.tornadogpt.evaluation.bias.BiasReport;
import io.tornadogpt.trainer.run.RunDirectory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Compares how likely a model finds texts of several groups.
///
/// @param file with the user's texts
/// @param json whether to print one object a model instead of a table
record BiasSession(
        List<Path> models,
        AdapterOption adapter,
        Path file,
        DeviceOptions device,
        WeightOptions weights,
        boolean json) {

    int run(Screen screen) throws IOException {
        BiasProbe probe = BiasProbe.read(file);
        for (Path path : models) {
            ModelArgument argument = ModelArgument.open(path, adapter);
            weights.warn(argument.stored().model(), screen);
            var evaluator =
                    new Evaluator(
                            argument.stored(),
                            argument.tokenizer(),
                            device.backend(),
                            device.execution(),
                            weights.type());
            BiasReport report = probe.run(evaluator);
            boolean plain = !weights.rounded() && adapter.path() == null;
            var run = new RunDirectory(path);
            boolean kept = plain && Files.exists(run.settings()) && Files.isWritable(path);
            if (kept) {
                report.merge(path.resolve(BiasReport.FILE));
            }
            if (json) {
                screen.line(report.toJson());
                continue;
            }
            if (models.size() > 1) {
                screen.rule(path.toString());
            }
            TableText.print(screen, report.table());
            if (kept) {
                screen.entry("kept", "%s", path.resolve(BiasReport.FILE));
            }
        }
        return 0;
    }
}
