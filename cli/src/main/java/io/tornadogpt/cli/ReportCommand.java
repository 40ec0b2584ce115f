package io.tornadogpt.cli;

import io.tornadogpt.trainer.report.Report;
import io.tornadogpt.trainer.run.RunDirectory;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// Makes a page of one or more runs.
@Command(
        name = "report",
        description = {
            "Writes an HTML page about one training run, or compares several: curves, samples,"
                    + " settings, machine. The page works offline.",
            ""
        },
        sortOptions = false)
final class ReportCommand extends GptCommand {
    @Parameters(
            arity = "1..*",
            paramLabel = "DIR",
            description = "Directories of runs, which may still be running.")
    private List<Path> directories = List.of();

    @Option(
            names = "--out",
            paramLabel = "FILE",
            description =
                    "Where to write (default: report.html in the run's directory, or here for"
                            + " several runs).")
    private @Nullable Path out;

    @Override
    int run(Screen screen) throws IOException {
        List<RunDirectory> runs = directories.stream().map(RunDirectory::new).toList();
        Path file = out;
        if (file == null) {
            file = runs.size() == 1 ? runs.getFirst().report() : Path.of("report.html");
        }
        Report.of(runs).write(file);
        screen.line(file.toString());
        return 0;
    }
}
