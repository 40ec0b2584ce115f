package io.tornadogpt.evaluation.task;

import com.fasterxml.jackson.databind.JsonNode;

import io.tornadogpt.evaluation.Item;
import io.tornadogpt.evaluation.Task;
import io.tornadogpt.evaluation.TaskOptions;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// LAMBADA (Paperno et al., 2016) in OpenAI's form: the last word of a passage.
public record Lambada(TaskFiles files) implements Task {
    private static final List<String> NAMES =
            List.of("lambada_test.jsonl", "lambada_test_en.jsonl");

    @Override
    public String name() {
        return "lambada_openai";
    }

    @Override
    public List<Item.Continuation> items(TaskOptions options) throws IOException {
        Path file = files.find(name(), NAMES);
        var passages = new ArrayList<Item.Continuation>();
        int number = 0;
        for (JsonNode object : TaskFiles.objects(file, TaskFiles.text(file))) {
            number++;
            String text = TaskFiles.string(file, object, number, "text");
            int blank = text.lastIndexOf(' ');
            if (blank < 1) {
                throw TaskFiles.wrong(file, number, "has a text of one word");
            }
            passages.add(new Item.Continuation(text.substring(0, blank), text.substring(blank)));
        }
        List<String> pool =
                passages.stream().map(p -> p.context() + " " + p.target() + "\n\n").toList();
        var examples = Examples.ofThese(name(), pool, shots(options), options.seed());
        var items = new ArrayList<Item.Continuation>();
        for (int i = 0; i < Prompts.count(passages, options); i++) {
            Item.Continuation p = passages.get(i);
            items.add(new Item.Continuation(examples.before(i) + p.context(), p.target()));
        }
        return items;
    }
}
