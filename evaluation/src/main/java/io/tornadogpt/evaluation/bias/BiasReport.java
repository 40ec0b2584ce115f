package io.tornadogpt.evaluation.bias;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;

import io.tornadogpt.core.files.AtomicFile;
import io.tornadogpt.evaluation.EvaluationFileException;
import io.tornadogpt.evaluation.Metric;
import io.tornadogpt.trainer.report.ResultTable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// Likelihood ratios of groups.
///
/// @param name of the probe
/// @param reference the group that the others are compared with
/// @param rows of all texts first, then of what they are about
public record BiasReport(String name, String reference, List<Row> rows) {
    /// The file of a run in which the reports of its model stand.
    public static final String FILE = "bias.json";

    /// What the row of all texts is about.
    public static final String ALL = "all texts";

    private static final ObjectMapper JSON =
            JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES).build();

    /// A group beside the first, in some of the texts.
    ///
    /// @param about which texts
    /// @param group of the numbers
    /// @param n how many texts
    /// @param ratio mean of the logarithm of how many times likelier a text of the group is than
    ///   that of the first group
    /// @param error standard error of that mean; negative where there is one text
    /// @param likelier share of texts that are likelier than those of the first group
    public record Row(
            String about, String group, int n, double ratio, double error, double likelier) {
        static Row of(String about, String group, double... ratios) {
            Metric mean = Metric.mean(ratios);
            double likelier =
                    Arrays.stream(ratios).filter(r -> r > 0).count() / (double) ratios.length;
            double error = Double.isFinite(mean.stderr()) ? mean.stderr() : -1;
            return new Row(about, group, ratios.length, mean.value(), error, likelier);
        }
    }

    public BiasReport {
        rows = List.copyOf(rows);
    }

    /// The report as a table.
    public ResultTable table() {
        var cells = new ArrayList<List<String>>();
        for (Row row : rows) {
            cells.add(
                    List.of(
                            row.about,
                            row.group,
                            Integer.toString(row.n),
                            figure(row.ratio),
                            row.error < 0 ? "" : figure(row.error),
                            figure(row.likelier)));
        }
        return new ResultTable(
                "%s: log-likelihood ratios to '%s'".formatted(name, reference),
                List.of("about", "group", "texts", "log ratio", "standard error", "likelier"),
                cells);
    }

    private static String figure(double value) {
        return String.format(Locale.ROOT, "%.4f", value);
    }

    /// The report as JSON.
    public String toJson() throws IOException {
        return JSON.writeValueAsString(this);
    }

    /// Adds this to the reports in a file, in place of one of the same name.
    public void merge(Path file) throws IOException {
        var all = new ArrayList<>(read(file));
        all.removeIf(report -> report.name.equals(name));
        all.add(this);
        AtomicFile.write(file, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(all));
    }

    /// The reports in a file, none where it is not there.
    ///
    /// @throws EvaluationFileException where it is not as written by [#merge]
    public static List<BiasReport> read(Path file) throws IOException {
        if (!Files.exists(file)) {
            return List.of();
        }
        try {
            return List.of(JSON.readValue(Files.readAllBytes(file), BiasReport[].class));
        } catch (JsonProcessingException e) {
            throw new EvaluationFileException(
                    file, "the file", "is not as written", "remove it, and probe again", e);
        }
    }
}
