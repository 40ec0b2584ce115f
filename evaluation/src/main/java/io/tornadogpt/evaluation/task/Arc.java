package io.tornadogpt.evaluation.task;

import com.fasterxml.jackson.databind.JsonNode;

import io.tornadogpt.evaluation.Item;
import io.tornadogpt.evaluation.Task;
import io.tornadogpt.evaluation.TaskOptions;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// ARC (Clark et al., 2018): questions of science for schools, with mostly four answers. The
/// authors' files, or the rows of Hugging Face's copy as JSON lines.
///
/// @param level `Easy` or `Challenge`, as files are named
public record Arc(TaskFiles files, String level) implements Task {
    @Override
    public String name() {
        return "arc_" + level.toLowerCase(java.util.Locale.ROOT);
    }

    @Override
    public List<Item.Choice> items(TaskOptions options) throws IOException {
        List<Item.Choice> questions = read("Test");
        List<String> pool =
                shots(options) == 0
                        ? List.of()
                        : read("Train").stream()
                                .map(q -> q.context() + " " + q.endings().get(q.gold()) + "\n\n")
                                .toList();
        var examples = Examples.drawn(name(), pool, shots(options), options.seed());
        return Prompts.before(questions, examples, options);
    }

    private List<Item.Choice> read(String part) throws IOException {
        String own = "ARC-%s-%s.jsonl".formatted(level, part);
        Path file = files.find(name(), List.of(own, "ARC-%s/%s".formatted(level, own)));
        var items = new ArrayList<Item.Choice>();
        int number = 0;
        for (JsonNode object : TaskFiles.objects(file, TaskFiles.text(file))) {
            number++;
            JsonNode question = object.path("question");
            boolean published = question.isObject();
            String stem = published ? question.path("stem").asText() : question.asText();
            var texts = new ArrayList<String>();
            var labels = new ArrayList<String>();
            if (published) {
                for (JsonNode choice : question.path("choices")) {
                    texts.add(choice.path("text").asText());
                    labels.add(choice.path("label").asText());
                }
            } else {
                object.path("choices").path("text").forEach(t -> texts.add(t.asText()));
                object.path("choices").path("label").forEach(l -> labels.add(l.asText()));
            }
            int gold = labels.indexOf(object.path("answerKey").asText());
            if (stem.isEmpty() || gold < 0) {
                throw TaskFiles.wrong(
                        file, number, "has no question with choices and an answerKey among them");
            }
            String context = "Question: " + stem + "\nAnswer:";
            items.add(Prompts.choice(file, number, context, texts, gold));
        }
        return items;
    }
}
