package io.tornadogpt.examples;

import io.tornadogpt.chat.ModelTemplates;
import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.finetune.data.DataRow;
import io.tornadogpt.finetune.data.ExampleEncoder;
import io.tornadogpt.finetune.data.Header;
import io.tornadogpt.finetune.data.RowFile;
import io.tornadogpt.finetune.data.RowForms;
import io.tornadogpt.finetune.data.TemplateChoice;
import io.tornadogpt.sampler.GenerationOptions;
import io.tornadogpt.sampler.Generator;
import io.tornadogpt.sampler.GeneratorSettings;
import io.tornadogpt.sampler.SamplingOptions;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.metrics.StepMetrics;
import io.tornadogpt.trainer.run.TrainingListener;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// What chapter 7 of Raschka's book and its preferences share: rows of instructions, divided as in
/// the book, and what a model answers to some of them.
///
/// @param train the first 85 % of the rows
/// @param test the next 10 %
/// @param validation what is left
record BookAnswers(List<DataRow> train, List<DataRow> test, List<DataRow> validation) {
    private static final int SHOWN = 3;
    private static final int NEW_TOKENS = 60;

    /// Reads and divides a file.
    static BookAnswers read(Path file) throws IOException {
        List<DataRow> rows = RowFile.read(file, Header.AUTO, RowForms.FIELDS);
        int train = rows.size() * 85 / 100;
        int test = train + rows.size() / 10;
        System.out.printf(
                "%,d rows: %,d to train on, %,d to test, %,d to validate; book: 935, 110, 55%n%n",
                rows.size(), train, test - train, rows.size() - test);
        return new BookAnswers(
                rows.subList(0, train), rows.subList(train, test), rows.subList(test, rows.size()));
    }

    /// Writes rows as they were read.
    static Path write(Path file, List<DataRow> rows) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        return Files.write(file, rows.stream().map(DataRow::json).toList());
    }

    /// What a model answers to the first rows of the test, each token the most likely one.
    List<String> answers(Path directory) throws IOException {
        StoredModel stored = StoredModel.open(directory);
        Model model = stored.model();
        Tokenizer tokenizer = Tokenizer.load(directory);
        var encoder =
                new ExampleEncoder(
                        tokenizer, ModelTemplates.of(directory), TemplateChoice.ALPACA, false);
        var options =
                new GenerationOptions(SamplingOptions.UNCHANGED.withTemperature(0), NEW_TOKENS, 0)
                        .withEndTokens(tokenizer.endTokens());
        var answers = new ArrayList<String>();
        try (var generator =
                Generator.open(
                        Backends.standard(),
                        model,
                        GeneratorSettings.DEFAULT,
                        session -> stored.load(model, session))) {
            for (DataRow row : test.subList(0, Math.min(SHOWN, test.size()))) {
                int[] prompt = encoder.prompt(row, RowForms.question(row).example());
                int[] answer = generator.generate(prompt, options).tokens();
                answers.add(tokenizer.decodeWithoutSpecialTokens(answer).strip());
            }
        }
        return answers;
    }

    /// Prints questions of the test with what was answered before, and is now.
    void compare(List<String> before, List<String> now, String wanted) throws IOException {
        for (int i = 0; i < now.size(); i++) {
            DataRow row = test.get(i);
            String input = row.has("input") ? row.text("input") : "";
            System.out.printf("%n%s%n", (row.text("instruction") + "\n" + input).strip());
            System.out.printf("  before   %s%n", oneLine(before.get(i)));
            System.out.printf("  after    %s%n", oneLine(now.get(i)));
            System.out.printf("  wanted   %s%n", oneLine(row.text(wanted)));
        }
    }

    private static String oneLine(String text) {
        return text.replaceAll("\\s+", " ");
    }

    /// Prints a line whenever unseen rows were looked at.
    ///
    /// @param steps all steps so far
    /// @param validated those after which unseen rows were looked at
    /// @param names of further figures to print
    record Progress(List<StepMetrics> steps, List<StepMetrics> validated, String... names)
            implements TrainingListener {
        Progress(String... names) {
            this(new ArrayList<>(), new ArrayList<>(), names);
        }

        @Override
        public void step(StepMetrics metrics) {
            steps.add(metrics);
            if (metrics.valLoss() == null) {
                return;
            }
            validated.add(metrics);
            System.out.printf(
                    "step %3d  training %6.3f  unseen %6.3f",
                    metrics.step(), metrics.loss(), metrics.valLoss());
            for (String name : names) {
                System.out.printf("  %s %.3f", name, metrics.metrics().get(name));
            }
            System.out.println();
        }
    }
}
