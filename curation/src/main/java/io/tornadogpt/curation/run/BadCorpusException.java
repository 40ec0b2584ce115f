package io.tornadogpt.curation.run;

import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.curation.read.Problem;

import java.nio.file.Path;

/// Input is bad, and the recipe says that this ends a run.
public final class BadCorpusException extends BadFileException {
    private final String place;
    private final String kind;
    private final String detail;

    public BadCorpusException(Problem problem) {
        super(
                Path.of(problem.place()),
                "this input",
                "cannot be used: " + problem.detail(),
                "repair it, or set onBadInput=skip, which passes over it and counts it",
                null);
        this.place = problem.place();
        this.kind = problem.kind();
        this.detail = problem.detail();
    }

    /// What is bad.
    public Problem input() {
        return new Problem(place, kind, detail);
    }
}
