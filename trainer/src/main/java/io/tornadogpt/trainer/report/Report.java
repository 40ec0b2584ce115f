package io.tornadogpt.trainer.report;

import io.tornadogpt.core.files.AtomicFile;
import io.tornadogpt.trainer.run.RunDirectory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
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
    /// Stands near the top of each report, so that no other file is ever overwritten by one.
    private static final String GENERATOR =
            "<meta name=\"generator\" content=\"" + Page.GENERATOR + "\"/>";

    private static final int HEAD_BYTES = 4096;

    private final List<TrainingRun> runs;

    private Report(List<TrainingRun> runs) {
        this.runs = runs;
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
        return new Report(runs);
    }

    /// As [#of(List)].
    public static Report of(RunDirectory... directories) throws IOException {
        return of(List.of(directories));
    }

    /// The page.
    public String html() {
        return new Page(runs).html();
    }

    /// Writes the page, in place of an earlier one if need be.
    ///
    /// @throws IllegalArgumentException where another file stands in its place
    public void write(Path file) throws IOException {
        if (Files.exists(file) && !isReport(file)) {
            throw new IllegalArgumentException(
                    file + " exists and is no training report; name another file");
        }
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null) {
            Files.createDirectories(folder);
        }
        AtomicFile.write(file, html().getBytes(StandardCharsets.UTF_8));
    }

    private static boolean isReport(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            return false;
        }
        try (var in = Files.newInputStream(file)) {
            String head = new String(in.readNBytes(HEAD_BYTES), StandardCharsets.UTF_8);
            return head.contains(GENERATOR);
        }
    }
}
