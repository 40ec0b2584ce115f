package io.tornadogpt.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.finetune.data.DataRow;
import io.tornadogpt.finetune.data.Header;
import io.tornadogpt.finetune.data.RowFile;
import io.tornadogpt.finetune.task.Classifier;
import io.tornadogpt.finetune.task.ConfusionMatrix;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// Tells the labels of texts.
@Command(
        name = "classify",
        description = {
            "Classifies a text, or each row of a file, and prints the label and the probabilities"
                    + " of all labels as one JSON object per line.",
            ""
        },
        sortOptions = false)
final class ClassifyCommand extends GptCommand {
    private static final int TOGETHER = 64;
    private static final ObjectMapper JSON = new ObjectMapper();

    @Option(
            names = "--model",
            required = true,
            paramLabel = "DIR",
            description = "A run's directory (its best model) or a model directory.")
    private @Nullable Path model;

    @ArgGroup(multiplicity = "1")
    private Source source = new Source();

    /// Where texts come from.
    static final class Source {
        @Option(
                names = "--text",
                paramLabel = "TEXT",
                preprocessor = TextValue.class,
                description = "The text to classify.")
        private @Nullable String text;

        @Option(
                names = "--data",
                paramLabel = "FILE",
                description =
                        "Rows to classify: .json, .jsonl, .csv or .tsv. Where they have labels,"
                                + " how often these were right is printed to standard error.")
        private @Nullable Path data;
    }

    @Option(
            names = "--text-column",
            paramLabel = "NAME",
            defaultValue = "text",
            description =
                    "Which column holds the text (default: ${DEFAULT-VALUE}); a number from 1 where"
                            + " columns have no names.")
    private String textColumn = "text";

    @Option(
            names = "--label-column",
            paramLabel = "NAME",
            defaultValue = "label",
            description = "Which column holds the label, if any (default: ${DEFAULT-VALUE}).")
    private String labelColumn = "label";

    @Mixin private AdapterOption adapter = new AdapterOption();

    @Mixin private DeviceOptions device = new DeviceOptions();

    @Override
    int run(Screen screen) throws IOException {
        ModelArgument argument = ModelArgument.open(Objects.requireNonNull(model), adapter);
        List<DataRow> rows =
                source.data == null
                        ? List.of()
                        : RowFile.read(source.data, Header.AUTO, List.of(textColumn, labelColumn));
        var texts = new ArrayList<String>();
        for (DataRow row : rows) {
            texts.add(row.text(textColumn));
        }
        if (source.text != null) {
            texts.add(source.text);
        }
        try (var classifier =
                Classifier.open(
                        argument.stored(),
                        argument.requireTokenizer(),
                        device.backend(),
                        device.execution())) {
            var matrix = new ConfusionMatrix(classifier.labels());
            for (int from = 0; from < texts.size(); from += TOGETHER) {
                int to = Math.min(texts.size(), from + TOGETHER);
                List<Classifier.Prediction> predictions =
                        classifier.classify(texts.subList(from, to));
                for (int i = from; i < to; i++) {
                    Classifier.Prediction prediction = predictions.get(i - from);
                    String known = i < rows.size() ? known(rows.get(i)) : null;
                    screen.line(json(i < rows.size() ? texts.get(i) : null, known, prediction));
                    if (known != null) {
                        count(rows.get(i), known, prediction, matrix);
                    }
                }
            }
            if (matrix.total() > 0) {
                screen.warning(
                        "%d of %d labels are as given: accuracy %.2f %%"
                                .formatted(
                                        Math.round(matrix.accuracy() * matrix.total()),
                                        matrix.total(),
                                        100 * matrix.accuracy()));
            }
        }
        return 0;
    }

    private @Nullable String known(DataRow row) throws IOException {
        return row.has(labelColumn) ? row.word(labelColumn) : null;
    }

    private static void count(
            DataRow row, String known, Classifier.Prediction prediction, ConfusionMatrix matrix)
            throws IOException {
        int label = matrix.names().indexOf(known);
        if (label < 0) {
            throw row.bad(
                    "has the label '%s', which the model does not have".formatted(known),
                    "correct it, or name another column with --label-column");
        }
        matrix.add(label, matrix.names().indexOf(prediction.label()));
    }

    private static String json(
            @Nullable String text, @Nullable String known, Classifier.Prediction prediction)
            throws IOException {
        ObjectNode json = JSON.createObjectNode();
        if (text != null) {
            json.put("text", text);
        }
        if (known != null) {
            json.put("expected", known);
        }
        json.put("label", prediction.label());
        ObjectNode probabilities = json.putObject("probabilities");
        prediction.probabilities().forEach(probabilities::put);
        return JSON.writeValueAsString(json);
    }
}
