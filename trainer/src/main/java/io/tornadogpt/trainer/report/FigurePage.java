package io.tornadogpt.trainer.report;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// A page of plots, tables and sentences that is no report of runs: one file that loads nothing.
///
/// ```
/// new FigurePage("Scaling law").text("Loss by size.").plot(plot).write(Path.of("scaling.html"));
/// ```
///
/// Used by one thread at a time.
public final class FigurePage {
    private static final String GENERATOR = "TornadoGPT figures";

    private final String title;
    private final List<Consumer<Html>> parts = new ArrayList<>();

    /// @param title its head
    public FigurePage(String title) {
        this.title = title;
    }

    /// Adds a sentence or more.
    public FigurePage text(String text) {
        parts.add(html -> html.element("p", text));
        return this;
    }

    /// Adds a table.
    public FigurePage table(ResultTable table) {
        parts.add(html -> Page.writeTable(html, table));
        return this;
    }

    /// Adds a plot.
    public FigurePage plot(Plot plot) {
        parts.add(html -> plot.chart().write(html, true));
        return this;
    }

    /// The page.
    public String html() {
        var html = new Html();
        return PageFrame.html(
                title,
                GENERATOR,
                html,
                () -> {
                    html.open("header");
                    html.element("p", "TornadoGPT", "class", "kicker").element("h1", title);
                    html.close();
                    parts.forEach(part -> part.accept(html));
                });
    }

    /// Writes the page, in place of an earlier one if need be.
    ///
    /// @throws IllegalArgumentException where another file stands in its place
    public void write(Path file) throws IOException {
        PageFrame.write(file, html(), GENERATOR, "page of figures");
    }
}
