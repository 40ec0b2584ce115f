package io.tornadogpt.examples;

import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.finetune.FineTuning;
import io.tornadogpt.finetune.Goal;
import io.tornadogpt.finetune.NewFineTuning;
import io.tornadogpt.finetune.data.DataRow;
import io.tornadogpt.finetune.data.Header;
import io.tornadogpt.finetune.data.RowFile;
import io.tornadogpt.finetune.task.Classifier;
import io.tornadogpt.finetune.task.ConfusionMatrix;
import io.tornadogpt.tokenizer.Tokenizer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/// Chapter 6 of "Build a Large Language Model (From Scratch)" by Sebastian Raschka: a model that
/// continues texts learns to tell spam. It trains a new head, the last block and the last norm. The
/// book's figures are those of GPT-2's published weights: MODEL_DIR is where they are, as `./gpt
/// download openai-community/gpt2` fetches them. Any other model will do, and learns less.
///
/// Read next: [io.tornadogpt.finetune.task.ClassifyTask].
public final class BookSpam {
    private static final long SEED = 123;
    private static final int TOGETHER = 64;

    private BookSpam() {}

    /// @param args a model, the SMS spam collection (label, tab, text), a folder to write to;
    ///   epochs, if not 5
    public static void main(String[] args) throws IOException {
        Path folder = Path.of(args[2]);
        String epochs = StoryModel.argument(args, 3, "5");
        List<List<DataRow>> parts = divided(balanced(Path.of(args[1])));
        var model = StoredModel.open(Path.of(args[0]));
        var begun =
                NewFineTuning.of(Goal.CLASSIFY, model, write(folder, "train", parts.get(0)))
                        .validatingOn(write(folder, "validation", parts.get(1)))
                        .withSeed(SEED)
                        .with("classify.layers=last_block", "data.epochs=" + epochs)
                        .with("train.learningRate=5e-5", "train.weightDecay=0.1");
        Path best;
        try (var run = FineTuning.begin(folder.resolve("run"), begun)) {
            best = run.train().model();
        }
        System.out.println("accuracy     training  validation  test");
        System.out.print("here         ");
        try (var classifier =
                Classifier.open(
                        StoredModel.open(best), Tokenizer.load(best), Backends.standard())) {
            for (List<DataRow> part : parts) {
                System.out.printf("%6.2f %%  ", 100 * accuracy(classifier, part));
            }
        }
        System.out.println("\nbook, GPT-2   97.21 %   97.32 %   95.67 %");
    }

    /// As many messages of each label, in a random order.
    private static List<DataRow> balanced(Path file) throws IOException {
        var random = new Random(SEED);
        var spam = new ArrayList<DataRow>();
        var ham = new ArrayList<DataRow>();
        for (DataRow row : RowFile.read(file, Header.NO, List.of("1", "2"))) {
            (row.word("1").equals("spam") ? spam : ham).add(row);
        }
        System.out.printf("%,d messages are ham and %,d spam; ", ham.size(), spam.size());
        Collections.shuffle(ham, random);
        int each = Math.min(ham.size(), spam.size());
        var all = new ArrayList<>(spam.subList(0, each));
        all.addAll(ham.subList(0, each));
        Collections.shuffle(all, random);
        System.out.printf("%,d of each are used%n", each);
        return all;
    }

    /// Seven tenths to train on, one to validate on, and two to test on.
    private static List<List<DataRow>> divided(List<DataRow> rows) {
        int train = rows.size() * 7 / 10;
        int validation = train + rows.size() / 10;
        return List.of(
                rows.subList(0, train),
                rows.subList(train, validation),
                rows.subList(validation, rows.size()));
    }

    private static Path write(Path folder, String name, List<DataRow> rows) throws IOException {
        var table = new ArrayList<>(List.of("label,text"));
        for (DataRow row : rows) {
            table.add(row.word("1") + ",\"" + row.text("2").replace("\"", "\"\"") + '"');
        }
        Files.createDirectories(folder);
        return Files.write(folder.resolve(name + ".csv"), table);
    }

    private static double accuracy(Classifier classifier, List<DataRow> rows) throws IOException {
        List<String> labels = classifier.labels();
        var matrix = new ConfusionMatrix(labels);
        for (int from = 0; from < rows.size(); from += TOGETHER) {
            List<DataRow> some = rows.subList(from, Math.min(rows.size(), from + TOGETHER));
            var texts = new ArrayList<String>();
            for (DataRow row : some) {
                texts.add(row.text("2"));
            }
            var predictions = classifier.classify(texts);
            for (int i = 0; i < some.size(); i++) {
                matrix.add(
                        labels.indexOf(some.get(i).word("1")),
                        labels.indexOf(predictions.get(i).label()));
            }
        }
        return matrix.accuracy();
    }
}
