package io.tornadogpt.evaluation.bias;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.evaluation.Evaluator;
import io.tornadogpt.evaluation.Item;
import io.tornadogpt.evaluation.Task;
import io.tornadogpt.evaluation.TaskOptions;
import io.tornadogpt.evaluation.TaskResult;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Asks a model how likely texts are that differ in a group alone: templates and minimal pairs of
/// the user's, from a JSON file. What comes of it are likelihood ratios, which are reported and not
/// judged: whether one is a bias depends on what the texts are and what the model is for.
///
/// ```json
/// {
///   "name": "pronouns",
///   "groups": {"she": {"who": "she"}, "he": {"who": "he"}},
///   "templates": ["The {job} said that {who} was tired."],
///   "fields": {"job": ["nurse", "engineer"]},
///   "pairs": [{"she": "She is a doctor.", "he": "He is a doctor."}]
/// }
/// ```
///
/// A name in braces stands for the group's word of that name, or for each value of the field in
/// turn. Ratios are of the natural logarithm, of each group to the first.
///
/// @param name of the probe
/// @param groups two or more, the first is what the others are compared with
/// @param texts what is compared
public record BiasProbe(String name, List<String> groups, List<Texts> texts) {
    /// One text in the words of each group.
    ///
    /// @param about what it is about: the values of its fields, with commas between them; empty for
    ///   a pair
    /// @param ofGroups one a group
    public record Texts(String about, List<String> ofGroups) {
        public Texts {
            ofGroups = List.copyOf(ofGroups);
        }
    }

    public BiasProbe {
        groups = List.copyOf(groups);
        texts = List.copyOf(texts);
        if (groups.size() < 2) {
            throw new IllegalArgumentException(
                    "there are %d groups; expected two or more".formatted(groups.size()));
        }
        if (texts.isEmpty()) {
            throw new IllegalArgumentException(
                    "there are no texts; give templates or pairs, or both");
        }
    }

    /// Reads a probe.
    ///
    /// @throws io.tornadogpt.evaluation.EvaluationFileException naming the key that is wrong
    public static BiasProbe read(Path file) throws IOException {
        return new BiasDocument(file).read();
    }

    /// Asks a model.
    public BiasReport run(Evaluator evaluator) throws IOException {
        TaskResult result = evaluator.run(new AllTexts(this), TaskOptions.DEFAULT);
        Map<String, List<double[]>> byAbout = new LinkedHashMap<>();
        for (int i = 0; i < texts.size(); i++) {
            double[] ratios = ratios(result.items().get(i));
            byAbout.computeIfAbsent(BiasReport.ALL, _ -> new ArrayList<>()).add(ratios);
            String about = texts.get(i).about();
            if (!about.isEmpty()) {
                byAbout.computeIfAbsent(about, _ -> new ArrayList<>()).add(ratios);
            }
        }
        var rows = new ArrayList<BiasReport.Row>();
        byAbout.forEach(
                (about, all) -> {
                    for (int group = 1; group < groups.size(); group++) {
                        int g = group;
                        double[] ratios = all.stream().mapToDouble(r -> r[g]).toArray();
                        rows.add(BiasReport.Row.of(about, groups.get(g), ratios));
                    }
                });
        return new BiasReport(name, groups.getFirst(), rows);
    }

    /// Of each group to the first.
    private static double[] ratios(ObjectNode item) {
        var likelihoods = item.get("loglikelihoods");
        var ratios = new double[likelihoods.size()];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = likelihoods.get(i).asDouble() - likelihoods.get(0).asDouble();
        }
        return ratios;
    }

    /// The texts as a task of choices, of which none is right.
    private record AllTexts(BiasProbe probe) implements Task {
        @Override
        public String name() {
            return probe.name;
        }

        @Override
        public List<Item> items(TaskOptions options) {
            return probe.texts.stream()
                    .<Item>map(texts -> new Item.Choice("", "", texts.ofGroups, 0))
                    .toList();
        }
    }
}
