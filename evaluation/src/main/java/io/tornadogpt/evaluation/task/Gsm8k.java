package io.tornadogpt.evaluation.task;

import com.fasterxml.jackson.databind.JsonNode;

import io.tornadogpt.evaluation.Answering;
import io.tornadogpt.evaluation.Grader;
import io.tornadogpt.evaluation.Item;
import io.tornadogpt.evaluation.Task;
import io.tornadogpt.evaluation.TaskOptions;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// GSM8K (Cobbe et al., 2021): word problems, answered in words with a number last. The metric
/// `exact_match` takes the number behind `####`, as the examples have it, and
/// `exact_match_flexible` the last number of the answer.
public record Gsm8k(TaskFiles files) implements Task {
    private static final int USUAL_SHOTS = 5;
    private static final int LONGEST_ANSWER = 256;

    private static final List<Pattern> IGNORED =
            List.of(
                    Pattern.compile(","),
                    Pattern.compile("\\$"),
                    Pattern.compile("(?s).*#### "),
                    Pattern.compile("\\.$"));

    private static final Answering ANSWERING =
            new Answering(
                    List.of("Question:", "</s>", "<|im_end|>"),
                    LONGEST_ANSWER,
                    List.of(
                            new Grader(
                                    "exact_match",
                                    Pattern.compile("#### (-?[0-9.,]+)"),
                                    false,
                                    IGNORED,
                                    true),
                            new Grader(
                                    "exact_match_flexible",
                                    Pattern.compile("(-?[$0-9.,]{2,})|(-?[0-9]+)"),
                                    true,
                                    IGNORED,
                                    true)));

    @Override
    public String name() {
        return "gsm8k";
    }

    @Override
    public int shots(TaskOptions options) {
        return options.shots().orElse(USUAL_SHOTS);
    }

    @Override
    public List<Item.Question> items(TaskOptions options) throws IOException {
        List<Item.Question> questions = read("test");
        List<String> pool =
                shots(options) == 0
                        ? List.of()
                        : read("train").stream()
                                .map(q -> q.prompt() + " " + q.answer() + "\n\n")
                                .toList();
        var examples = Examples.drawn(name(), pool, shots(options), options.seed());
        var items = new ArrayList<Item.Question>();
        for (int i = 0; i < Prompts.count(questions, options); i++) {
            Item.Question q = questions.get(i);
            items.add(new Item.Question(examples.before(i) + q.prompt(), q.answer(), ANSWERING));
        }
        return items;
    }

    private List<Item.Question> read(String part) throws IOException {
        Path file =
                files.find(
                        name(),
                        List.of(
                                "gsm8k-%s.jsonl".formatted(part),
                                "gsm8k/%s.jsonl".formatted(part)));
        var items = new ArrayList<Item.Question>();
        int number = 0;
        for (JsonNode object : TaskFiles.objects(file, TaskFiles.text(file))) {
            number++;
            String question = TaskFiles.string(file, object, number, "question");
            String answer = TaskFiles.string(file, object, number, "answer");
            items.add(new Item.Question("Question: " + question + "\nAnswer:", answer, ANSWERING));
        }
        return items;
    }
}
