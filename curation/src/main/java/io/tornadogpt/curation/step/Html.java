package io.tornadogpt.curation.step;

import io.tornadogpt.curation.Document;
import io.tornadogpt.curation.Verdict;
import io.tornadogpt.curation.read.MainText;

import java.util.Map;

/// Makes the main text of a page of a document that is HTML, as it is made of files and web
/// archives when these are read. For rows that hold pages.
///
/// @param onlyMarked whether other documents than those stay as they are that begin with a tag
public record Html(boolean onlyMarked) implements DocumentStep {
    /// Looks for a tag at the beginning.
    public static final Html DEFAULT = new Html(true);

    @Override
    public Verdict apply(Document document) {
        String text = document.text();
        if (onlyMarked && !text.stripLeading().startsWith("<")) {
            return Verdict.KEPT;
        }
        String main = MainText.of(text).text();
        return main.isBlank()
                ? new Verdict.Removed("noMainText", "the page holds no text of its own")
                : new Verdict.Changed(document.withText(main), Map.of("html", 1));
    }
}
