package io.tornadogpt.evaluation.task;

import io.tornadogpt.evaluation.EvaluationFileException;
import io.tornadogpt.evaluation.Item;
import io.tornadogpt.evaluation.Task;
import io.tornadogpt.evaluation.TaskOptions;

import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVRecord;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// A subject of MMLU (Hendrycks et al., 2021): questions with four answers, of which the letter is
/// asked. The authors' files: `test/SUBJECT_test.csv`, and `dev/SUBJECT_dev.csv` for examples.
public record Mmlu(TaskFiles files, String subject) implements Task {
    /// What the names of such tasks begin with.
    public static final String PREFIX = "mmlu_";

    private static final List<String> LETTERS = List.of("A", "B", "C", "D");

    @Override
    public String name() {
        return PREFIX + subject;
    }

    @Override
    public List<Item.Choice> items(TaskOptions options) throws IOException {
        List<Item.Choice> questions = read("test");
        List<String> pool =
                shots(options) == 0
                        ? List.of()
                        : read("dev").stream()
                                .map(q -> q.context() + " " + LETTERS.get(q.gold()) + "\n\n")
                                .toList();
        var examples = Examples.first(name(), pool, shots(options));
        String about =
                "The following are multiple choice questions (with answers) about %s.\n\n"
                        .formatted(subject.replace('_', ' '));
        return Prompts.before(questions, examples, options).stream()
                .map(
                        q ->
                                new Item.Choice(
                                        about + q.context(), q.delimiter(), q.endings(), q.gold()))
                .toList();
    }

    private List<Item.Choice> read(String part) throws IOException {
        String own = "%s/%s_%s.csv".formatted(part, subject, part);
        Path file = files.find(name(), List.of("mmlu/" + own, "data/" + own, own));
        var items = new ArrayList<Item.Choice>();
        try (var rows = CSVFormat.DEFAULT.parse(new StringReader(TaskFiles.text(file)))) {
            for (CSVRecord row : rows) {
                int number = (int) row.getRecordNumber();
                int gold = row.size() < 6 ? -1 : LETTERS.indexOf(row.get(5).strip());
                if (gold < 0) {
                    throw TaskFiles.wrong(
                            file, number, "is no question, four answers and a letter");
                }
                var context = new StringBuilder(row.get(0).strip());
                for (int i = 0; i < LETTERS.size(); i++) {
                    context.append('\n').append(LETTERS.get(i)).append(". ").append(row.get(i + 1));
                }
                context.append("\nAnswer:");
                items.add(Prompts.choice(file, number, context.toString(), LETTERS, gold));
            }
        } catch (java.io.UncheckedIOException | IllegalStateException e) {
            throw new EvaluationFileException(
                    file, "the table", "is no CSV", "correct it, or fetch the file again", e);
        }
        return items;
    }

    /// All subjects that a folder has, by name.
    public static List<Task> all(TaskFiles files) throws IOException {
        for (String folder : List.of("mmlu/test", "data/test", "test")) {
            Path tests = files.folder().resolve(folder);
            if (Files.isDirectory(tests)) {
                try (Stream<Path> list = Files.list(tests)) {
                    return list.map(path -> path.getFileName().toString())
                            .filter(name -> name.endsWith("_test.csv"))
                            .map(name -> name.replace("_test.csv", ""))
                            .sorted()
                            .<Task>map(name -> new Mmlu(files, name))
                            .toList();
                }
            }
        }
        files.find("mmlu", List.of("mmlu/test/SUBJECT_test.csv"));
        return List.of();
    }
}
