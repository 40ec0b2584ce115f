package io.tornadogpt.curation.run;

import io.tornadogpt.curation.Recipe;
import io.tornadogpt.curation.Share;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;

/// A step removed fewer or more documents than its recipe expects. The result has not taken its
/// place; the report about it stands where the message says.
public final class UnexpectedShareException extends IOException {
    private static final long serialVersionUID = 1;

    private UnexpectedShareException(String message) {
        super(message);
    }

    /// @param result where it stands
    /// @throws UnexpectedShareException where a step did not do what was expected of it
    static void check(Recipe recipe, Manifest manifest, Path result)
            throws UnexpectedShareException {
        for (Manifest.Step step : manifest.steps()) {
            Share expected = recipe.expect().get(step.step());
            double share = step.documents() == 0 ? 0 : step.removed() / (double) step.documents();
            if (expected != null && !expected.holds(share)) {
                throw new UnexpectedShareException(
                        String.format(
                                Locale.ROOT,
                                "the step '%s' removed %,d of %,d documents, a share of %.4f, and"
                                    + " the recipe expects %s to %s; look at %s, and correct the"
                                    + " step or expect.%s",
                                step.step(),
                                step.removed(),
                                step.documents(),
                                share,
                                expected.least(),
                                expected.most(),
                                result.resolve("report.html"),
                                step.step()));
            }
        }
    }
}
