package io.tornadogpt.scaling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.trainer.data.DataChoice;
import io.tornadogpt.trainer.metrics.StepMetrics;
import io.tornadogpt.trainer.run.NewRun;
import io.tornadogpt.trainer.settings.Preset;
import io.tornadogpt.trainer.settings.RunSettings;
import io.tornadogpt.trainer.sweep.SweepListener;
import io.tornadogpt.trainer.sweep.Trial;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

class LadderTest {
    private static final LadderPlan PLAN =
            LadderPlan.TINY.withRungs("1x1x8,1x2x16,2x2x24").withTokens("64,128,256");

    @TempDir Path folder;

    private NewRun base() throws IOException {
        Path text =
                Files.writeString(
                        folder.resolve("text.txt"),
                        "the quick brown fox jumps over the lazy dog. ".repeat(40));
        RunSettings settings =
                RunSettings.of(Preset.named("tiny"))
                        .with(
                                null,
                                List.of(
                                        "model.blockSize=8",
                                        "train.batchSize=4",
                                        "train.evalBatches=1"));
        return NewRun.of(settings).with(new DataChoice(text, null));
    }

    @Test
    void stoppedLadderGoesOnAndHoldsTheLargestRunOut() throws IOException {
        Path where = folder.resolve("ladder");
        var steps = new int[1];
        try (Ladder ladder = Ladder.begin(where, base(), PLAN, new DataChoice.Progress() {})) {
            ladder.listener(
                    new SweepListener() {
                        @Override
                        public void step(StepMetrics metrics) {
                            if (++steps[0] == 20) {
                                ladder.stop();
                            }
                        }
                    });
            assertTrue(ladder.threads(1).run().isEmpty());
        }
        int before = steps[0];
        assertFalse(Files.exists(where.resolve("scaling.html")));
        LadderResult result;
        var begun = new ArrayList<String>();
        try (Ladder ladder = Ladder.resume(where)) {
            ladder.listener(
                    new SweepListener() {
                        @Override
                        public void begins(Trial trial, long seed, int until) {
                            begun.add(trial.number() + ":" + seed);
                        }

                        @Override
                        public void step(StepMetrics metrics) {
                            steps[0]++;
                        }
                    });
            result = ladder.threads(1).run().orElseThrow();
        }
        int all = 3 * (2 + 4 + 8) + 2; // three sizes, and one more seed of one of them
        assertTrue(steps[0] <= all + 8 && steps[0] >= all, before + " and then " + steps[0]);
        assertFalse(begun.contains("1:1337"), begun::toString);
        assertEquals(9, result.runs().size());
        assertEquals("2x2x24", result.heldOut().size());
        assertEquals(256, result.heldOut().observation().tokens());
        assertEquals(12.0 * 2 * 24 * 24 + 4 * 24, result.heldOut().observation().parameters());
        assertEquals(8, result.fitted().runs().size());
        assertEquals(2, result.seeds());
        assertTrue(result.noise() >= 0);
        assertTrue(Double.isFinite(result.predicted()));
        String page = Files.readString(where.resolve("scaling.html"));
        assertTrue(page.contains("Loss by size") && page.contains("held out"));
        double budget = 1e9;
        Recommendation best = Recommendation.of(result.fitted(), result.flops(), budget);
        assertEquals(
                budget, best.tokens() * result.flops().ofToken(best.parameters()), budget * 1e-9);
    }

    @Test
    void plansThatCannotBeAreRefused() {
        for (String[] wrong :
                new String[][] {
                    {"1x1x8,1x2x16", "three or more"},
                    {"1x1x8,x,2x2x2", "is no size"},
                }) {
            var e =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> LadderPlan.LADDER.withRungs(wrong[0]));
            assertTrue(e.getMessage().contains(wrong[1]), e.getMessage());
        }
        var e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> LadderPlan.LADDER.withTokens("1M,2X,3M"));
        assertTrue(e.getMessage().contains("'2X' is no number of tokens"), e.getMessage());
        assertEquals(
                List.of(2_500_000L, 5_000_000L, 10_000_000L),
                LadderPlan.LADDER.withTokens("2.5M,5M,10M").tokens());
    }
}
