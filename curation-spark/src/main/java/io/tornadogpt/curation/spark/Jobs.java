package io.tornadogpt.curation.spark;

import io.tornadogpt.curation.run.Job;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;

/// The job that the tasks of this process work on. What its steps need, such as a model for
/// languages, is read once for all of them.
///
/// Any number of threads may share it.
final class Jobs {
    private static @Nullable Job last;
    private static String lastDirectory = "";

    private Jobs() {}

    static synchronized Job of(String workDirectory) throws IOException {
        Job job = last;
        if (job == null || !lastDirectory.equals(workDirectory)) {
            job = Job.open(Path.of(workDirectory));
            last = job;
            lastDirectory = workDirectory;
        }
        return job;
    }

    /// Forgets it: a run that follows in the same directory may have another recipe.
    static synchronized void forget() {
        last = null;
    }
}
