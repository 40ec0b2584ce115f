package io.tornadogpt.curation.planted;

import com.fasterxml.jackson.databind.JsonNode;

import io.tornadogpt.curation.planted.PlantedCorpus.Kind;
import io.tornadogpt.curation.planted.PlantedCorpus.Truth;
import io.tornadogpt.curation.run.CuratedFolder;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/// Compares what curation left with what was planted.
final class PlantedScores {
    private final PlantedCorpus corpus;
    private final Map<Integer, JsonNode> kept = new HashMap<>();
    private final Map<Integer, JsonNode> removed = new HashMap<>();
    private final Set<Integer> heldOut = new HashSet<>();
    private final NearRate[] rates;

    /// Near duplicates of about one similarity.
    ///
    /// @param pairs how many of them came to the step
    /// @param found of these
    /// @param expected by the formula, from the similarity of each pair
    record NearRate(double similarity, int pairs, int found, double expected) {
        double rate() {
            return found / (double) pairs;
        }

        /// How far the number found may well be from what is expected: four standard deviations.
        double slack() {
            return 4 * Math.sqrt(expected * (1 - expected) / pairs);
        }
    }

    private PlantedScores(
            PlantedCorpus corpus, List<JsonNode> left, List<JsonNode> out, List<JsonNode> ledger) {
        this.corpus = corpus;
        left.forEach(row -> kept.put(row.get("metadata").get("n").asInt(), row));
        for (JsonNode row : out) {
            int n = row.get("metadata").get("n").asInt();
            kept.put(n, row);
            heldOut.add(n);
        }
        for (JsonNode row : ledger) {
            String id = row.get("id").asText();
            removed.put(Integer.parseInt(id.substring(id.indexOf('#') + 1)), row);
        }
        this.rates = PlantedCorpus.SIMILARITIES.stream().map(this::rate).toArray(NearRate[]::new);
    }

    static PlantedScores of(PlantedCorpus corpus, CuratedFolder folder) throws IOException {
        return new PlantedScores(
                corpus,
                CuratedRows.of(folder, "train"),
                CuratedRows.of(folder, "heldout"),
                CuratedRows.of(folder, "removed"));
    }

    private boolean removedBy(int n, String step) {
        JsonNode row = removed.get(n);
        return row != null && row.get("step").asText().equals(step);
    }

    /// How a step that removes documents does.
    private Score removals(String what, String step, Predicate<Truth> planted) {
        long all = 0;
        long found = 0;
        long taken = 0;
        for (int n = 0; n < corpus.truth().size(); n++) {
            boolean is = planted.test(corpus.truth().get(n));
            boolean gone = removedBy(n, step);
            all += is ? 1 : 0;
            // Those of another language are to go in any case.
            boolean other = corpus.truth().get(n).kind() == Kind.FOREIGN;
            taken += gone && (is || !other) ? 1 : 0;
            found += is && gone ? 1 : 0;
        }
        return new Score(what, all, found, taken);
    }

    private static Predicate<Truth> is(Kind kind) {
        return truth -> truth.kind() == kind;
    }

    /// Texts that came out as they were before they were damaged, of those that a step changed.
    private Score repaired(String what, Kind kind, String step, String change) {
        long all = 0;
        long found = 0;
        long taken = 0;
        for (int n = 0; n < corpus.truth().size(); n++) {
            Truth truth = corpus.truth().get(n);
            JsonNode row = kept.get(n);
            boolean changed = row != null && row.path("history").path(step).has(change);
            boolean right =
                    row != null
                            && truth.kind() == kind
                            && squeezed(row.get("text").asText())
                                    .equals(squeezed(truth.original()));
            all += truth.kind() == kind ? 1 : 0;
            taken += changed ? 1 : 0;
            found += right && changed ? 1 : 0;
        }
        return new Score(what, all, found, taken);
    }

    /// C4's rules take away empty lines.
    private static String squeezed(String text) {
        return text.replaceAll("\\s+", " ");
    }

    /// Private data by kind, and all of it last.
    List<Score> privateData() {
        var planted = new java.util.TreeMap<String, Long>();
        var found = new HashMap<String, Long>();
        var taken = new java.util.TreeMap<String, Long>();
        for (int n = 0; n < corpus.truth().size(); n++) {
            JsonNode row = kept.get(n);
            if (row == null) {
                continue;
            }
            Map<String, Integer> there = PlantedCorpus.kinds(corpus.truth().get(n).values());
            there.forEach((kind, count) -> planted.merge(kind, (long) count, Long::sum));
            row.path("history")
                    .path("privateData")
                    .properties()
                    .forEach(e -> taken.merge(e.getKey(), e.getValue().asLong(), Long::sum));
            String text = row.get("text").asText();
            for (PrivateValues.Planted value : corpus.truth().get(n).values()) {
                String masked = value.sentence().replace(value.value(), "<" + value.kind() + ">");
                found.merge(value.kind(), text.contains(masked) ? 1L : 0, Long::sum);
            }
        }
        var scores = new ArrayList<Score>();
        var kinds = new java.util.TreeSet<>(planted.keySet());
        kinds.addAll(taken.keySet());
        long[] sums = new long[3];
        for (String kind : kinds) {
            var score =
                    new Score(
                            "privateData: " + kind,
                            planted.getOrDefault(kind, 0L),
                            found.getOrDefault(kind, 0L),
                            taken.getOrDefault(kind, 0L));
            scores.add(score);
            sums[0] += score.planted();
            sums[1] += score.found();
            sums[2] += score.taken();
        }
        scores.add(new Score("privateData: all", sums[0], sums[1], sums[2]));
        return scores;
    }

    private NearRate rate(double similarity) {
        String label = String.format(Locale.ROOT, "%.1f", similarity);
        int pairs = 0;
        int found = 0;
        double expected = 0;
        for (int n = 0; n < corpus.truth().size(); n++) {
            Truth truth = corpus.truth().get(n);
            boolean near = truth.kind() == Kind.NEAR_DUPLICATE && truth.label().equals(label);
            boolean came =
                    near
                            && kept.containsKey(truth.other())
                            && (kept.containsKey(n) || removedBy(n, "nearDuplicates"));
            if (came) {
                pairs++;
                found += kept.containsKey(n) ? 0 : 1;
                expected +=
                        io.tornadogpt.curation.step.NearDuplicates.DEFAULT.probability(
                                truth.similarity());
            }
        }
        return new NearRate(similarity, pairs, found, expected / Math.max(1, pairs));
    }

    List<NearRate> nearRates() {
        return List.of(rates);
    }

    /// Near duplicates that the step took, of all pairs.
    private Score near() {
        long taken = 0;
        for (JsonNode row : removed.values()) {
            taken += row.get("step").asText().equals("nearDuplicates") ? 1 : 0;
        }
        long all = 0;
        long found = 0;
        for (NearRate rate : rates) {
            all += rate.pairs();
            found += rate.found();
        }
        return new Score("nearDuplicates: 0.5 to 0.9", all, found, taken);
    }

    /// Documents in other languages that were kept.
    long foreignKept() {
        return kept.keySet().stream()
                .filter(n -> corpus.truth().get(n).kind() == Kind.FOREIGN)
                .count();
    }

    /// Documents with an item whose every 13-gram is looked for in what was kept.
    long leaksThatRemain() {
        Set<String> items = new HashSet<>();
        corpus.items().forEach(item -> items.addAll(ngrams(item)));
        return kept.values().stream()
                .filter(row -> ngrams(row.get("text").asText()).stream().anyMatch(items::contains))
                .count();
    }

    private static List<String> ngrams(String text) {
        String[] words = text.toLowerCase(Locale.ROOT).split("[^\\p{L}\\p{N}]+");
        var ngrams = new ArrayList<String>();
        for (int i = 0; i + 13 <= words.length; i++) {
            ngrams.add(String.join(" ", List.of(words).subList(i, i + 13)));
        }
        return ngrams;
    }

    /// The share of documents without a fault that were removed, or changed.
    double cleanLost() {
        long clean = 0;
        long lost = 0;
        for (int n = 0; n < corpus.truth().size(); n++) {
            Truth truth = corpus.truth().get(n);
            if (truth.kind() == Kind.CLEAN || truth.kind() == Kind.LOOK_ALIKE) {
                clean++;
                JsonNode row = kept.get(n);
                boolean same =
                        row != null
                                && squeezed(row.get("text").asText())
                                        .equals(squeezed(truth.original()));
                lost += truth.kind() == Kind.CLEAN && !same || row == null ? 1 : 0;
            }
        }
        return lost / (double) clean;
    }

    /// Documents of clusters that are on both sides of the split.
    long dividedClusters() {
        long divided = 0;
        for (int n = 0; n < corpus.truth().size(); n++) {
            Truth truth = corpus.truth().get(n);
            boolean both =
                    truth.kind() == Kind.EXACT_DUPLICATE
                            && kept.containsKey(n)
                            && kept.containsKey(truth.other());
            divided += both && heldOut.contains(n) != heldOut.contains(truth.other()) ? 1 : 0;
        }
        return divided;
    }

    List<Score> scores() {
        var scores = new ArrayList<Score>();
        scores.add(removals("repair: empty documents", "repair", is(Kind.EMPTY)));
        scores.add(repaired("repair: mojibake", Kind.MOJIBAKE, "repair", "mojibake"));
        scores.add(repaired("html: boilerplate", Kind.BOILERPLATE, "html", "html"));
        for (String step : List.of("language", "gopherQuality")) {
            Score score = removals(step + ": five others", step, is(Kind.FOREIGN));
            if (score.taken() > 0) {
                scores.add(score);
            }
        }
        scores.add(removals("decontamination", "decontamination", is(Kind.LEAK)));
        scores.add(removals("gopherRepetition", "gopherRepetition", is(Kind.REPETITION)));
        scores.add(removals("exactDuplicates", "exactDuplicates", is(Kind.EXACT_DUPLICATE)));
        scores.add(near());
        scores.addAll(privateData());
        return scores;
    }

    /// By step and reason, of documents that are clean, for finding out why.
    Map<String, Integer> whyCleanOnesWent() {
        var why = new LinkedHashMap<String, Integer>();
        removed.forEach(
                (n, row) -> {
                    Kind kind = corpus.truth().get(n).kind();
                    if (kind == Kind.CLEAN || kind == Kind.LOOK_ALIKE) {
                        why.merge(
                                row.get("step").asText() + ": " + row.get("reason").asText(),
                                1,
                                Integer::sum);
                    }
                });
        return why;
    }

    /// The tables, in Markdown.
    String tables() {
        var text = new StringBuilder("| step | planted | found | precision | recall |\n");
        text.append("| --- | ---: | ---: | ---: | ---: |\n");
        scores().forEach(score -> text.append(score.row()).append('\n'));
        text.append("\n| similarity | pairs | found | rate | formula |\n");
        text.append("| ---: | ---: | ---: | ---: | ---: |\n");
        for (NearRate rate : rates) {
            text.append(
                    String.format(
                            Locale.ROOT,
                            "| %.1f | %,d | %,d | %.4f | %.4f |%n",
                            rate.similarity(),
                            rate.pairs(),
                            rate.found(),
                            rate.rate(),
                            rate.expected()));
        }
        text.append(
                String.format(
                        Locale.ROOT,
                        "%nEvaluation items that remain: %d. Clean documents lost: %.4f.%n",
                        leaksThatRemain(),
                        cleanLost()));
        return text.toString();
    }
}
