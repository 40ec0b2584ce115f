package io.tornadogpt.evaluation.task;

import com.fasterxml.jackson.databind.JsonNode;

import io.tornadogpt.evaluation.Item;
import io.tornadogpt.evaluation.Task;
import io.tornadogpt.evaluation.TaskOptions;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/// HellaSwag (Zellers et al., 2019): which of four endings follows. Its validation part as the
/// authors publish it, `hellaswag_val.jsonl`, or in the six lines an item of llama.cpp's tool.
public record HellaSwag(TaskFiles files) implements Task {
    private static final List<String> NAMES =
            List.of("hellaswag_val.jsonl", "hellaswag_val_full.txt.bz2", "hellaswag_val_full.txt");
    private static final Pattern BRACKETS = Pattern.compile("\\[.*?\\]");
    private static final int LINES = 6;

    @Override
    public String name() {
        return "hellaswag";
    }

    @Override
    public List<Item.Choice> items(TaskOptions options) throws IOException {
        Path file = files.find(name(), NAMES);
        String text = TaskFiles.text(file);
        List<Item.Choice> all =
                file.toString().endsWith(".jsonl") ? published(file, text) : lines(file, text);
        List<String> pool =
                all.stream()
                        .map(i -> i.context() + " " + i.endings().get(i.gold()) + "\n\n")
                        .toList();
        var examples = Examples.ofThese(name(), pool, shots(options), options.seed());
        return Prompts.before(all, examples, options);
    }

    private static List<Item.Choice> published(Path file, String text) throws IOException {
        var items = new ArrayList<Item.Choice>();
        int number = 0;
        for (JsonNode object : TaskFiles.objects(file, text)) {
            number++;
            String before = TaskFiles.string(file, object, number, "ctx_a");
            String begun = capitalized(TaskFiles.string(file, object, number, "ctx_b"));
            String label = TaskFiles.string(file, object, number, "activity_label");
            var endings = new ArrayList<String>();
            object.path("endings").forEach(e -> endings.add(clean(e.asText())));
            String context = clean(label + ": " + before + " " + begun);
            items.add(
                    Prompts.choice(file, number, context, endings, object.path("label").asInt(-1)));
        }
        return items;
    }

    private static String capitalized(String text) {
        if (text.isEmpty()) {
            return text;
        }
        int end = text.offsetByCodePoints(0, 1);
        return text.substring(0, end).toUpperCase(Locale.ROOT)
                + text.substring(end).toLowerCase(Locale.ROOT);
    }

    private static List<Item.Choice> lines(Path file, String text) throws IOException {
        List<String> lines = TaskFiles.lines(text);
        if (lines.size() % LINES != 0) {
            throw TaskFiles.wrong(
                    file, lines.size(), "is the last, but an item has %d lines".formatted(LINES));
        }
        var items = new ArrayList<Item.Choice>();
        for (int i = 0; i < lines.size(); i += LINES) {
            String label = lines.get(i + 1).strip();
            if (!label.matches("[0-3]")) {
                throw TaskFiles.wrong(file, i + 2, "is no number of an ending, 0 to 3");
            }
            List<String> endings =
                    lines.subList(i + 2, i + LINES).stream().map(HellaSwag::clean).toList();
            items.add(
                    Prompts.choice(
                            file, i + 1, clean(lines.get(i)), endings, Integer.parseInt(label)));
        }
        return items;
    }

    /// As the harness cleans what was taken from WikiHow.
    static String clean(String text) {
        String plain = text.strip().replace(" [title]", ". ");
        return BRACKETS.matcher(plain).replaceAll("").replace("  ", " ");
    }
}
