package io.tornadogpt.curation.run;

import io.tornadogpt.curation.read.Problem;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// What became of the documents of a piece, or of several.
///
/// Used by one thread at a time.
final class PieceCounts {
    private static final int MOST_PROBLEMS = 1000;
    private static final int EXAMPLES_OF_REASON = 3;
    private static final int MOST_EXAMPLES = 300;

    /// Documents that were read.
    public long documents;

    /// Characters of these.
    public long characters;

    /// Documents that went through all steps for single ones.
    public long kept;

    /// Characters of these.
    public long keptCharacters;

    /// For each step for single documents, in their order.
    public List<StepCounts> steps = new ArrayList<>();

    /// The first problems.
    public List<Problem> problems = new ArrayList<>();

    /// All problems, by kind.
    public SortedMap<String, Long> problemKinds = new TreeMap<>();

    /// Kept documents by the power of two below their length in words.
    public SortedMap<Integer, Long> lengths = new TreeMap<>();

    /// Kept documents by the language that a step found.
    public SortedMap<String, Long> languages = new TreeMap<>();

    /// The first passages of each reason.
    public List<Example> examples = new ArrayList<>();

    void problem(Problem problem) {
        problemKinds.merge(problem.kind(), 1L, Long::sum);
        if (problems.size() < MOST_PROBLEMS) {
            problems.add(problem);
        }
    }

    /// Whether an example of a reason is still wanted.
    boolean wantsExample(String step, String reason) {
        return examples.size() < MOST_EXAMPLES
                && examples.stream()
                                .filter(e -> e.step().equals(step) && e.reason().equals(reason))
                                .count()
                        < EXAMPLES_OF_REASON;
    }

    void example(Example example) {
        if (wantsExample(example.step(), example.reason())) {
            examples.add(example);
        }
    }

    void add(PieceCounts other) {
        documents += other.documents;
        characters += other.characters;
        kept += other.kept;
        keptCharacters += other.keptCharacters;
        for (int i = 0; i < other.steps.size(); i++) {
            if (steps.size() == i) {
                steps.add(new StepCounts(other.steps.get(i).step));
            }
            steps.get(i).add(other.steps.get(i));
        }
        other.problems.forEach(
                problem -> {
                    if (problems.size() < MOST_PROBLEMS) {
                        problems.add(problem);
                    }
                });
        other.problemKinds.forEach((kind, count) -> problemKinds.merge(kind, count, Long::sum));
        other.lengths.forEach((length, count) -> lengths.merge(length, count, Long::sum));
        other.languages.forEach((name, count) -> languages.merge(name, count, Long::sum));
        other.examples.forEach(this::example);
    }
}
