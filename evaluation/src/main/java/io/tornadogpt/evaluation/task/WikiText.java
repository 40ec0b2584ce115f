package io.tornadogpt.evaluation.task;

import io.tornadogpt.evaluation.Item;
import io.tornadogpt.evaluation.Task;
import io.tornadogpt.evaluation.TaskOptions;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// WikiText-2 (Merity et al., 2016), article by article: its spaces around punctuation are taken
/// away for the model, and its words and bytes are counted as they stand in the file.
public record WikiText(TaskFiles files) implements Task {
    private static final Pattern TITLE = Pattern.compile(" = [^=].* = ?");
    private static final Pattern BLANKS = Pattern.compile("\\s+");

    private static final List<Pattern> INSIDE =
            List.of(
                    Pattern.compile("\\(\\s*([^)]*?)\\s*\\)"),
                    Pattern.compile("\\[\\s*([^\\]]*?)\\s*\\]"),
                    Pattern.compile("\\{\\s*([^}]*?)\\s*\\}"),
                    Pattern.compile("\"\\s*([^\"]*?)\\s*\""),
                    Pattern.compile("'\\s*([^']*?)\\s*'"));

    private static final List<String> AROUND = List.of("($1)", "[$1]", "{$1}", "\"$1\"", "'$1'");

    @Override
    public String name() {
        return "wikitext";
    }

    /// A document stands for itself.
    @Override
    public int shots(TaskOptions options) {
        return 0;
    }

    @Override
    public List<Item.Document> items(TaskOptions options) throws IOException {
        Path file =
                files.find(
                        name(), List.of("wikitext2-test.txt", "wiki.test.raw", "wiki.test.tokens"));
        var items = new ArrayList<Item.Document>();
        for (String page : pages(TaskFiles.text(file))) {
            int words = BLANKS.split(page, -1).length;
            long bytes = page.getBytes(java.nio.charset.StandardCharsets.UTF_8).length;
            items.add(new Item.Document(detokenized(page), words, bytes));
        }
        return items;
    }

    /// The articles, each with its title; what comes before the first is not one.
    static List<String> pages(String text) {
        var pages = new ArrayList<String>();
        StringBuilder page = null;
        for (String line : text.split("(?<=\n)")) {
            if (TITLE.matcher(line.stripTrailing() + " ").matches() && !line.contains("= =")) {
                if (page != null) {
                    pages.add(page.toString());
                }
                page = new StringBuilder();
            }
            if (page != null) {
                page.append(line);
            }
        }
        if (page != null) {
            pages.add(page.toString());
        }
        return pages;
    }

    /// As the harness makes running text of it.
    static String detokenized(String page) {
        String text = page.replace("s '", "s'");
        text = text.replaceAll("/' [0-9]/", "/'[0-9]/");
        text = text.replace(" @-@ ", "-").replace(" @,@ ", ",").replace(" @.@ ", ".");
        text = text.replace(" : ", ": ").replace(" ; ", "; ").replace(" . ", ". ");
        text = text.replace(" ! ", "! ").replace(" ? ", "? ").replace(" , ", ", ");
        for (int i = 0; i < INSIDE.size(); i++) {
            text = INSIDE.get(i).matcher(text).replaceAll(AROUND.get(i));
        }
        text = text.replace("= = = =", "====").replace("= = =", "===").replace("= =", "==");
        text = text.replace(" \u00b0 ", "\u00b0").replace(" \n", "\n").replace("\n ", "\n");
        return text.replace(" N ", " 1 ").replace(" 's", "'s");
    }
}
