package io.tornadogpt.cli;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.finetune.task.RowTask;
import io.tornadogpt.sampler.GenerationOptions;
import io.tornadogpt.sampler.Generator;
import io.tornadogpt.sampler.SamplingOptions;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.report.ResultTable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/// What a model answered before it was fine-tuned, and answers now: the most likely tokens.
record Answers(RowTask task, Backend backend, ExecutionOptions execution) {
    private static final int NEW_TOKENS = 64;

    /// A table of some questions. The model before is left out where it is no longer there.
    List<ResultTable> compare(Path before, Path after, int most) throws IOException {
        List<RowTask.Question> questions = task.questions(most);
        List<String> old = Files.exists(before) ? answers(before, questions) : List.of();
        List<String> now = answers(after, questions);
        var rows = new ArrayList<List<String>>();
        Tokenizer tokenizer = task.tokenizer();
        for (int i = 0; i < questions.size(); i++) {
            RowTask.Question question = questions.get(i);
            rows.add(
                    List.of(
                            "Question " + (i + 1),
                            tokenizer.decode(question.prompt()),
                            old.isEmpty() ? "(not there any more)" : old.get(i),
                            now.get(i),
                            tokenizer.decodeWithoutSpecialTokens(question.answer())));
        }
        return List.of(
                new ResultTable(
                        "Answers before and after",
                        List.of("", "prompt", "before", "after", "wanted"),
                        rows));
    }

    private List<String> answers(Path path, List<RowTask.Question> questions) throws IOException {
        StoredModel stored = StoredModel.open(path);
        int longest = questions.stream().mapToInt(q -> q.prompt().length).max().orElse(1);
        int positions = Math.min(stored.config().context(), longest + NEW_TOKENS);
        Model model = stored.model().withContext(positions);
        Tokenizer tokenizer = task.tokenizer();
        var answers = new ArrayList<String>();
        try (var generator =
                Generator.open(backend, model, 1, execution, s -> stored.load(model, s))) {
            for (RowTask.Question question : questions) {
                int room = positions - question.prompt().length;
                if (room < 1) {
                    answers.add("(the prompt fills the context)");
                    continue;
                }
                var options =
                        new GenerationOptions(
                                        SamplingOptions.UNCHANGED.withTemperature(0),
                                        Math.min(NEW_TOKENS, room),
                                        0)
                                .withEndTokens(new HashSet<>(tokenizer.endTokens()));
                int[] ids = generator.generate(question.prompt(), options).tokens();
                answers.add(tokenizer.decodeWithoutSpecialTokens(ids));
            }
        }
        return answers;
    }
}
