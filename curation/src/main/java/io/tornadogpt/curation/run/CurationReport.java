package io.tornadogpt.curation.run;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// A page about what a run removed and why, that needs no other file.
///
/// @param manifest what the run left
/// @param examples passages, with private data masked
/// @param timedSteps the steps whose seconds are known
/// @param seconds of each of these, and last of signatures; empty where they are not known
record CurationReport(
        Manifest manifest, List<Example> examples, List<String> timedSteps, double[] seconds) {
    private static final int MOST_REASONS = 20;
    private static final int MOST_PROBLEMS = 50;

    private static final String STYLE =
            """
            body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #222; background: #fff }
            table { border-collapse: collapse; margin: 1rem 0; width: 100% }
            th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid #ddd; vertical-align: top }
            td.n, th.n { text-align: right; font-variant-numeric: tabular-nums }
            .bar { background: #3572b0; height: .8rem; display: inline-block }
            pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; font-size: .85rem }
            @media (prefers-color-scheme: dark) { body { background: #16181c; color: #ddd } th, td { border-color: #444 } }
            """;

    String html() {
        var page = begin("Curation: " + manifest.recipe());
        Manifest.Counts counts = manifest.documents();
        long read = manifest.input().documents();
        page.raw("<p>")
                .text(
                        "%s documents of %s files were read. %s are to be trained on, %s are held out, and %s were removed."
                                .formatted(
                                        count(read),
                                        count(manifest.input().files()),
                                        count(counts.train()),
                                        count(counts.heldOut()),
                                        count(counts.removed())))
                .raw("</p>\n");
        funnel(page, read);
        reasons(page);
        changes(page);
        bars(page, "Lengths of kept documents, in words", lengths());
        if (!manifest.languages().isEmpty()) {
            bars(page, "Languages", rows(manifest.languages()));
        }
        bars(page, "Tokens", rows(manifest.tokens()));
        if (!manifest.clusterSizes().isEmpty()) {
            var sizes = new ArrayList<Map.Entry<String, Long>>();
            manifest.clusterSizes()
                    .forEach((size, n) -> sizes.add(Map.entry(size + " documents", n)));
            bars(page, "Clusters of duplicates", sizes);
        }
        problems(page);
        examples(page);
        return page.raw("</body></html>\n").toString();
    }

    private static Markup begin(String title) {
        return new Markup()
                .raw("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">")
                .raw("<meta name=\"viewport\" content=\"width=device-width\">")
                .element("title", title)
                .raw("<style>")
                .raw(STYLE)
                .raw("</style></head><body>\n")
                .element("h1", title);
    }

    private void funnel(Markup page, long read) {
        page.element("h2", "Step by step")
                .raw("<table><tr><th>step</th><th class=\"n\">documents</th>")
                .raw("<th class=\"n\">changed</th><th class=\"n\">removed</th>")
                .raw("<th class=\"n\">seconds</th><th>left</th></tr>\n");
        for (Manifest.Step step : manifest.steps()) {
            int timed = timedSteps.indexOf(step.step());
            boolean known = timed >= 0 && timed < seconds.length;
            page.raw("<tr>").element("td", step.step());
            number(page, count(step.documents()));
            number(page, count(step.changed()));
            number(page, count(step.removed()));
            number(page, known ? String.format(Locale.ROOT, "%.2f", seconds[timed]) : "");
            page.raw("<td>");
            bar(page, step.documents() - step.removed(), read);
            page.raw("</td></tr>\n");
        }
        page.raw("</table>\n");
    }

    private static void number(Markup page, String text) {
        page.raw("<td class=\"n\">").text(text).raw("</td>");
    }

    private static void bar(Markup page, long value, long of) {
        double percent = of == 0 ? 0 : 100.0 * value / of;
        page.raw("<span class=\"bar\" style=\"width:")
                .raw(String.format(Locale.ROOT, "%.1f", percent))
                .raw("%\"></span>");
    }

    private void reasons(Markup page) {
        var all = new ArrayList<Map.Entry<String, Long>>();
        for (Manifest.Step step : manifest.steps()) {
            step.reasons()
                    .forEach((reason, n) -> all.add(Map.entry(step.step() + ": " + reason, n)));
        }
        all.sort(Comparator.comparing((Map.Entry<String, Long> e) -> -e.getValue()));
        bars(page, "Reasons of removals", all.subList(0, Math.min(MOST_REASONS, all.size())));
    }

    private void changes(Markup page) {
        var all = new ArrayList<Map.Entry<String, Long>>();
        for (Manifest.Step step : manifest.steps()) {
            if (step.changed() > 0) {
                step.changes()
                        .forEach((kind, n) -> all.add(Map.entry(step.step() + ": " + kind, n)));
            }
        }
        bars(page, "Changes", all);
    }

    private List<Map.Entry<String, Long>> lengths() {
        var all = new ArrayList<Map.Entry<String, Long>>();
        manifest.lengths()
                .forEach(
                        (power, n) ->
                                all.add(
                                        Map.entry(
                                                count(1L << power)
                                                        + " to "
                                                        + count((2L << power) - 1),
                                                n)));
        return all;
    }

    private static List<Map.Entry<String, Long>> rows(Map<String, Long> counts) {
        return counts.entrySet().stream()
                .sorted(Comparator.comparing((Map.Entry<String, Long> e) -> -e.getValue()))
                .toList();
    }

    private static void bars(Markup page, String title, List<Map.Entry<String, Long>> rows) {
        if (rows.isEmpty()) {
            return;
        }
        long most = rows.stream().mapToLong(Map.Entry::getValue).max().orElse(1);
        page.element("h2", title).raw("<table>");
        for (Map.Entry<String, Long> row : rows) {
            page.raw("<tr>").element("td", row.getKey());
            number(page, count(row.getValue()));
            page.raw("<td style=\"width:50%\">");
            bar(page, row.getValue(), most);
            page.raw("</td></tr>\n");
        }
        page.raw("</table>\n");
    }

    private void problems(Markup page) {
        if (manifest.problemKinds().isEmpty()) {
            return;
        }
        bars(page, "Input that was passed over", rows(manifest.problemKinds()));
        page.raw("<table>");
        manifest.problems().stream()
                .limit(MOST_PROBLEMS)
                .forEach(
                        problem ->
                                page.raw("<tr>")
                                        .element("td", problem.place())
                                        .element("td", problem.detail())
                                        .raw("</tr>\n"));
        page.raw("</table>\n");
    }

    private void examples(Markup page) {
        if (examples.isEmpty()) {
            return;
        }
        page.element("h2", "Examples")
                .element(
                        "p",
                        "Private data is masked here, whatever the recipe does with it in the"
                                + " documents.");
        page.raw("<table>");
        for (Example example : examples) {
            page.raw("<tr><td>")
                    .text(example.step() + ": " + example.reason())
                    .raw("<br>")
                    .text(example.detail())
                    .raw("<br><small>")
                    .text(example.id())
                    .raw("</small></td><td>")
                    .element("pre", example.before())
                    .raw("</td><td>")
                    .element("pre", example.after().isEmpty() ? "(removed)" : example.after())
                    .raw("</td></tr>\n");
        }
        page.raw("</table>\n");
    }

    private static String count(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /// A page that compares runs.
    ///
    /// @param names of the runs, in their order
    static String compared(List<String> names, List<Manifest> manifests) {
        var page = begin("Curation: " + names.size() + " runs");
        page.raw("<table><tr><th></th>");
        names.forEach(name -> page.raw("<th class=\"n\">").text(name).raw("</th>"));
        page.raw("</tr>\n");
        row(page, "recipe", manifests.stream().map(Manifest::recipe).toList());
        row(page, "documents read", counts(manifests, m -> m.input().documents()));
        row(page, "to train on", counts(manifests, m -> m.documents().train()));
        row(page, "held out", counts(manifests, m -> m.documents().heldOut()));
        row(page, "removed", counts(manifests, m -> m.documents().removed()));
        var reasons = new java.util.TreeSet<String>();
        manifests.forEach(m -> reasons.addAll(removals(m).keySet()));
        for (String reason : reasons) {
            row(page, reason, counts(manifests, m -> removals(m).getOrDefault(reason, 0L)));
        }
        return page.raw("</table></body></html>\n").toString();
    }

    private static Map<String, Long> removals(Manifest manifest) {
        var all = new java.util.TreeMap<String, Long>();
        for (Manifest.Step step : manifest.steps()) {
            step.reasons().forEach((reason, n) -> all.put(step.step() + ": " + reason, n));
        }
        return all;
    }

    private static List<String> counts(
            List<Manifest> manifests, java.util.function.ToLongFunction<Manifest> of) {
        return manifests.stream().map(m -> count(of.applyAsLong(m))).toList();
    }

    private static void row(Markup page, String label, List<String> values) {
        page.raw("<tr>").element("td", label);
        values.forEach(value -> number(page, value));
        page.raw("</tr>\n");
    }
}
