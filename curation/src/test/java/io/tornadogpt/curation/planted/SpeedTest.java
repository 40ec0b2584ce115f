package io.tornadogpt.curation.planted;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.curation.Recipe;
import io.tornadogpt.curation.run.Curation;
import io.tornadogpt.curation.run.CurationListener;
import io.tornadogpt.curation.run.CurationResult;
import io.tornadogpt.curation.run.LocalEngine;
import io.tornadogpt.curation.step.NearDuplicates;
import io.tornadogpt.curation.step.Step;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/// Measures, and promises nothing: `-Dgpt.test.speed=FILE` curates a file by the default recipe
/// with and without near duplicates, by turns, on `-Dgpt.test.speed.threads` threads (2), and
/// writes to `target/speed.md` megabytes a second of time and of the processor, with all of Java's
/// threads, and the seconds of each step.
@EnabledIfSystemProperty(named = "gpt.test.speed", matches = ".+")
class SpeedTest {
    private static final int ROUNDS = Integer.getInteger("gpt.test.speed.rounds", 3);
    private static final int THREADS = Integer.getInteger("gpt.test.speed.threads", 2);

    @TempDir private Path folder;

    private static Recipe withoutNearDuplicates() {
        Recipe recipe = Recipe.named(Recipe.DEFAULT);
        List<Step> steps =
                recipe.steps().stream().filter(step -> !(step instanceof NearDuplicates)).toList();
        return new Recipe("without", recipe.onBadInput(), recipe.reading(), steps);
    }

    /// Seconds that all threads of this process have had.
    private static double processor() {
        return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos() / 1e9;
    }

    @Test
    void curatesAFileByTurns() throws IOException {
        Path file = Path.of(System.getProperty("gpt.test.speed"));
        var text =
                new StringBuilder(
                        """
                        | recipe | MB/s | MB per second of a processor | seconds by step |
                        | --- | ---: | ---: | --- |
                        """);
        for (int round = 0; round < ROUNDS; round++) {
            for (Recipe recipe : List.of(withoutNearDuplicates(), Recipe.named(Recipe.DEFAULT))) {
                Path out = folder.resolve(recipe.name() + round);
                var curation =
                        new Curation(
                                List.of(file),
                                out,
                                recipe,
                                null,
                                new LocalEngine(THREADS),
                                new CurationListener() {},
                                () -> false);
                double before = processor();
                long start = System.nanoTime();
                CurationResult result = curation.run();
                double seconds = (System.nanoTime() - start) / 1e9;
                assertTrue(result.manifest().documents().train() > 0);
                double megabytes = Files.size(file) / 1e6;
                text.append(
                        String.format(
                                Locale.ROOT,
                                "| %s | %.1f | %.1f |",
                                recipe.name(),
                                megabytes / seconds,
                                megabytes / (processor() - before)));
                for (int i = 0; i < result.seconds().length; i++) {
                    String step = i < result.steps().size() ? result.steps().get(i) : "signatures";
                    text.append(String.format(Locale.ROOT, " %s %.1f", step, result.seconds()[i]));
                }
                text.append(String.format(Locale.ROOT, ", %.1f in all |%n", seconds));
                Files.writeString(Path.of("target/speed.md"), text);
            }
        }
    }
}
