package io.tornadogpt.trainer.report;

import io.tornadogpt.trainer.run.RunDirectory;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// One or more training runs as an HTML page: curves of loss, learning rate, gradient norm and
/// speed, what the model wrote, settings, machine. The page is one file that loads nothing, and
/// stays below about a megabyte however long the runs were.
///
/// ```
/// Report.of(new RunDirectory(Path.of("runs/a")), new RunDirectory(Path.of("runs/b")))
///         .write(Path.of("report.html"));
/// ```
///
/// Immutable, so that threads may share it.
public final class Report {
    private final List<TrainingRun> runs;
    private final @Nullable String title;
    private final List<ResultTable> tables;

    private Report(List<TrainingRun> runs, @Nullable String title, List<ResultTable> tables) {
        this.runs = runs;
        this.title = title;
        this.tables = tables;
    }

    /// The same under another title than the name or the number of the runs.
    public Report titled(String text) {
        return new Report(runs, text, tables);
    }

    /// The same with tables about all runs.
    public Report with(List<ResultTable> more) {
        return new Report(runs, title, List.copyOf(more));
    }

    /// Reads runs, in the order in which they are to be shown.
    ///
    /// @throws IllegalArgumentException where a directory holds no run
    /// @throws io.tornadogpt.core.files.BadFileException where a file of a run is damaged, naming
    ///   it, and in a log the line
    public static Report of(List<RunDirectory> directories) throws IOException {
        if (directories.isEmpty()) {
            throw new IllegalArgumentException("no run is named; name at least one directory");
        }
        var runs = new ArrayList<TrainingRun>();
        for (RunDirectory directory : directories) {
            runs.add(TrainingRun.read(directory));
        }
        return new Report(runs, null, List.of());
    }

    /// As [#of(List)].
    public static Report of(RunDirectory... directories) throws IOException {
        return of(List.of(directories));
    }

    /// The page.
    public String html() {
        return new Page(runs, title, tables).html();
    }

    /// Writes the page, in place of an earlier one if need be.
    ///
    /// @throws IllegalArgumentException where another file stands in its place
    public void write(Path file) throws IOException {
        PageFrame.write(file, html(), Page.GENERATOR, "training report");
    }
}
