package io.tornadogpt.curation.run;

import io.tornadogpt.curation.Recipe;
import io.tornadogpt.curation.step.CorpusStep;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Adds up what was written.
///
/// Used by one thread at a time.
final class ShardTotals {
    private final Recipe recipe;
    private final List<Manifest.ShardFile> files = new ArrayList<>();
    private final Map<String, StepCounts> corpusSteps = new TreeMap<>();
    private long train;
    private long heldOut;

    ShardTotals(Recipe recipe) {
        this.recipe = recipe;
    }

    void add(ShardRun.Written written) {
        files.addAll(written.files());
        train += written.train();
        heldOut += written.heldOut();
        written.steps()
                .forEach(step -> corpusSteps.computeIfAbsent(step.step, StepCounts::new).add(step));
    }

    /// @param read documents
    Manifest.Counts counts(long read) {
        return new Manifest.Counts(train, heldOut, read - train - heldOut);
    }

    List<Manifest.ShardFile> files() {
        return files.stream()
                .sorted(java.util.Comparator.comparing(Manifest.ShardFile::file))
                .toList();
    }

    /// Those for single documents as they were counted, the others by what they removed or put
    /// aside.
    List<Manifest.Step> steps(PieceCounts counts) {
        var all = new ArrayList<Manifest.Step>();
        int single = 0;
        long left = counts.kept;
        for (int i = 0; i < recipe.steps().size(); i++) {
            String name = recipe.stepNames().get(i);
            if (!(recipe.steps().get(i) instanceof CorpusStep)) {
                StepCounts step = counts.steps.get(single++);
                all.add(
                        new Manifest.Step(
                                name,
                                step.documents,
                                step.changed,
                                step.removed,
                                step.reasons,
                                step.changes));
                continue;
            }
            StepCounts step = corpusSteps.getOrDefault(name, new StepCounts(name));
            Map<String, Long> changes =
                    name.equals("heldOut") ? Map.of("heldOut", heldOut) : step.changes;
            all.add(
                    new Manifest.Step(
                            name, left, step.changed, step.removed, step.reasons, changes));
            left -= step.removed;
        }
        return all;
    }
}
