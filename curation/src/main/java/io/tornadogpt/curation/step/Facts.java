package io.tornadogpt.curation.step;

import io.tornadogpt.curation.Document;
import io.tornadogpt.curation.Verdict;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Compares documents with a table of facts, and says of each whether it was checked at all. This
/// is as far as a program without understanding goes: what the table does not hold is not checked,
/// and a sentence may speak of a fact in words that are not found.
///
/// A row of the table has a `subject`, a `relation` and a `value`, such as `France`, `capital` and
/// `Paris`. A sentence that holds the words of subject and relation speaks of the fact. It agrees
/// where it holds the value too. It contradicts where it does not, and holds another value in its
/// place: one that the table gives to the same relation of another subject, or, where the value is
/// a number, another number.
///
/// The result is in the metadata, as `facts`: `notChecked`, `agrees` or `contradicts`, and with the
/// last the numbers of the rows as `contradictedFacts`.
///
/// @param table rows as JSON, JSONL, CSV or TSV; empty for none
/// @param removeContradictions whether documents go that contradict, or are only flagged
/// @param sources an allow list: a line each with a beginning of an address or of an id, and its
///   rank, a whole number of which the least is best; empty for none. The rank is in the metadata,
///   as `sourceRank`, and `notRanked` where no line fits
/// @param maxRank documents go whose source has a higher rank, or none; 0 for keeping all
public record Facts(String table, boolean removeContradictions, String sources, int maxRank)
        implements DocumentStep {
    /// Without files, of which one has to be named; contradictions are flagged.
    public static final Facts DEFAULT = new Facts("", false, "", 0);

    /// @throws IllegalArgumentException where the rank is negative, or there is no list to find it
    ///   in
    public Facts {
        Limits.atLeast("facts.maxRank", maxRank, 0);
    }

    /// A fact, as the words of its parts.
    ///
    /// @param number whether the value is a whole number
    private record Fact(
            int row, List<Long> subject, List<Long> relation, List<Long> value, boolean number) {}

    @Override
    public DocumentStep prepared() throws IOException {
        if (table.isEmpty() && sources.isEmpty()) {
            throw new IllegalArgumentException(
                    "facts has neither a table nor sources; name the file of one of them");
        }
        if (maxRank > 0 && sources.isEmpty()) {
            throw new IllegalArgumentException(
                    "facts.maxRank is %d and facts.sources is empty; name the file of ranks"
                            .formatted(maxRank));
        }
        return new Ready(
                this,
                table.isEmpty() ? new Table(List.of()) : facts(),
                sources.isEmpty() ? Map.of() : ranks());
    }

    private Table facts() throws IOException {
        var facts = new ArrayList<Fact>();
        var file = new TextFile("facts.table", table);
        file.rows(
                row ->
                        facts.add(
                                new Fact(
                                        facts.size() + 1,
                                        words(file.require(row, "subject")),
                                        words(file.require(row, "relation")),
                                        words(file.require(row, "value")),
                                        file.require(row, "value").strip().matches("\\d+"))));
        for (Fact fact : facts) {
            if (fact.subject.isEmpty() || fact.relation.isEmpty() || fact.value.isEmpty()) {
                throw new IllegalArgumentException(
                        "facts.table: row %d of %s has a part without words; fill it in"
                                .formatted(fact.row, table));
            }
        }
        return new Table(facts);
    }

    private Map<String, Integer> ranks() throws IOException {
        var ranks = new LinkedHashMap<String, Integer>();
        new TextFile("facts.sources", sources)
                .lines(
                        line -> {
                            int space = line.lastIndexOf(' ');
                            String rank = line.substring(space + 1);
                            if (space < 1 || !rank.matches("\\d{1,6}")) {
                                throw new IllegalArgumentException(
                                        "facts.sources: the line '%s' of %s does not end with a rank; write an address, a space and a whole number"
                                                .formatted(line, sources));
                            }
                            ranks.put(line.substring(0, space).strip(), Integer.parseInt(rank));
                        });
        return ranks;
    }

    private static List<Long> words(String text) {
        WordRuns runs = WordRuns.of(text);
        var words = new ArrayList<Long>();
        for (int i = 0; i < runs.count(); i++) {
            words.add(runs.hash(i));
        }
        return words;
    }

    @Override
    public Verdict apply(Document document) {
        try {
            return prepared().apply(document);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Facts by the first word of their subjects, and the values of each relation.
    private static final class Table {
        private final Map<Long, List<Fact>> bySubject = new HashMap<>();
        private final Map<List<Long>, Set<List<Long>>> values = new HashMap<>();

        Table(List<Fact> facts) {
            for (Fact fact : facts) {
                bySubject
                        .computeIfAbsent(fact.subject.getFirst(), word -> new ArrayList<>())
                        .add(fact);
                values.computeIfAbsent(fact.relation, relation -> new HashSet<>()).add(fact.value);
            }
        }
    }

    /// A sentence, as words of which it is known which are numbers.
    private record Sentence(List<Long> words, List<Boolean> isNumber) {
        static Sentence of(String text) {
            WordRuns runs = WordRuns.of(text);
            var words = new ArrayList<Long>();
            var isNumber = new ArrayList<Boolean>();
            for (int i = 0; i < runs.count(); i++) {
                words.add(runs.hash(i));
                String run = text.substring(runs.start(i), runs.end(i));
                isNumber.add(run.chars().allMatch(Character::isDigit));
            }
            return new Sentence(words, isNumber);
        }

        boolean holds(List<Long> phrase) {
            return java.util.Collections.indexOfSubList(words, phrase) >= 0;
        }

        /// Whether another number stands in it.
        boolean holdsNumberBut(List<Long> value, List<Long> subject) {
            for (int i = 0; i < words.size(); i++) {
                if (isNumber.get(i)
                        && !value.contains(words.get(i))
                        && !subject.contains(words.get(i))) {
                    return true;
                }
            }
            return false;
        }
    }

    /// The step with its files read.
    private record Ready(Facts settings, Table table, Map<String, Integer> ranks)
            implements DocumentStep {
        @Override
        public Verdict apply(Document document) {
            Document result = document;
            var counts = new HashMap<String, Integer>();
            if (!ranks.isEmpty()) {
                int rank = rank(document);
                if (settings.maxRank > 0 && (rank == 0 || rank > settings.maxRank)) {
                    return new Verdict.Removed(
                            rank == 0 ? "notRanked" : "lowRank",
                            rank == 0
                                    ? "no line of the allow list fits the source"
                                    : "the source's rank "
                                            + rank
                                            + " is above "
                                            + settings.maxRank);
                }
                result = result.with("sourceRank", rank == 0 ? "notRanked" : rank);
                counts.put(rank == 0 ? "notRanked" : "ranked", 1);
            }
            return settings.table.isEmpty()
                    ? new Verdict.Changed(result, counts)
                    : checked(result, counts);
        }

        private Verdict checked(Document document, Map<String, Integer> counts) {
            int agreeing = 0;
            var contradicted = new java.util.TreeSet<Integer>();
            for (String sentence : sentences(document.text())) {
                Sentence words = Sentence.of(sentence);
                for (int i = 0; i < words.words.size(); i++) {
                    for (Fact fact : table.bySubject.getOrDefault(words.words.get(i), List.of())) {
                        int said = said(fact, words);
                        agreeing += said > 0 ? 1 : 0;
                        if (said < 0) {
                            contradicted.add(fact.row);
                        }
                    }
                }
            }
            String state =
                    !contradicted.isEmpty()
                            ? "contradicts"
                            : agreeing > 0 ? "agrees" : "notChecked";
            if (!contradicted.isEmpty() && settings.removeContradictions) {
                return new Verdict.Removed(
                        "contradicts",
                        "rows %s of the table of facts say otherwise".formatted(contradicted));
            }
            counts.put(state, 1);
            Document result = document.with("facts", state);
            if (!contradicted.isEmpty()) {
                result = result.with("contradictedFacts", List.copyOf(contradicted));
            }
            return new Verdict.Changed(result, counts);
        }

        /// Above 0 where a sentence agrees with a fact, below where it contradicts, 0 where it says
        /// nothing of it.
        private int said(Fact fact, Sentence sentence) {
            if (!sentence.holds(fact.subject) || !sentence.holds(fact.relation)) {
                return 0;
            }
            if (sentence.holds(fact.value)) {
                return 1;
            }
            boolean other =
                    table.values.getOrDefault(fact.relation, Set.of()).stream()
                            .anyMatch(value -> !value.equals(fact.value) && sentence.holds(value));
            boolean number = fact.number && sentence.holdsNumberBut(fact.value, fact.subject);
            return other || number ? -1 : 0;
        }

        private static List<String> sentences(String text) {
            return List.of(text.split("(?<=[.!?])\\s+|\\n+"));
        }

        /// The rank of the longest line that fits; 0 where none does.
        private int rank(Document document) {
            String url = document.metadata().get("url") instanceof String u ? bare(u) : "";
            int best = 0;
            int longest = -1;
            for (Map.Entry<String, Integer> line : ranks.entrySet()) {
                String beginning = line.getKey();
                boolean fits =
                        document.id().startsWith(beginning)
                                || (!url.isEmpty() && url.startsWith(bare(beginning)));
                if (fits && beginning.length() > longest) {
                    best = line.getValue();
                    longest = beginning.length();
                }
            }
            return best;
        }

        private static String bare(String url) {
            int scheme = url.indexOf("://");
            String rest = scheme < 0 ? url : url.substring(scheme + 3);
            return rest.startsWith("www.") ? rest.substring(4) : rest;
        }
    }
}
