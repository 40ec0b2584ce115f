package io.tornadogpt.trainer.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.tokenizer.CharTokenizer;
import io.tornadogpt.trainer.data.TrainingData;
import io.tornadogpt.trainer.run.NewRun;
import io.tornadogpt.trainer.settings.Preset;
import io.tornadogpt.trainer.settings.RunSettings;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

class LearningRateFinderTest {
    private static final String TEXT = "the quick brown fox jumps over the lazy dog. ".repeat(40);

    /// Flat up to step 40, falling to step 80, then growing.
    private static LearningRateCurve valley() {
        double[] rates =
                IntStream.range(0, 100).mapToDouble(LearningRateFinderTest::rate).toArray();
        double[] losses =
                IntStream.range(0, 100)
                        .mapToDouble(i -> i < 40 ? 5 : i < 80 ? 5 - (i - 40) * 0.05 : 3 + (i - 80))
                        .toArray();
        return new LearningRateCurve(rates, losses, losses);
    }

    private static double rate(int step) {
        return 1e-6 * Math.pow(1e6, step / 99.0);
    }

    @Test
    void proposalLiesInTheLongestFallBeforeTheLossGrows() {
        assertEquals(rate(58), valley().proposal(), rate(58) * 0.1);
        assertEquals(rate(80) / 10, valley().tenthOfLowest(), rate(80) * 0.01);
        assertTrue(valley().steepest() >= rate(39) && valley().steepest() <= rate(80));
    }

    @Test
    void nothingIsProposedWhereTheLossDoesNotFall() {
        double[] rates = {1, 2, 3, 4, 5, 6, 7};
        var rising = new LearningRateCurve(rates, rates, rates);
        var e = assertThrows(IllegalArgumentException.class, rising::proposal);
        assertTrue(e.getMessage().startsWith("the loss did not fall at any learning rate"));
    }

    @Test
    void rateGrowsByTheSameRatioUntilTheLossDiverges() throws IOException {
        var tokenizer = CharTokenizer.train(TEXT);
        RunSettings settings =
                RunSettings.of(Preset.named("tiny"))
                        .with(
                                null,
                                List.of(
                                        "model.nEmbd=16",
                                        "model.blockSize=16",
                                        "train.batchSize=4",
                                        "train.gradClip=0"));
        try (var data = TrainingData.of(tokenizer, TEXT)) {
            var finder = new LearningRateFinder(1e-5, 100, 80);
            LearningRateCurve curve =
                    finder.find(
                            NewRun.of(settings), data, 1, () -> false, (step, rate, loss) -> {});
            double[] rates = curve.rates();
            for (int i = 1; i < rates.length; i++) {
                assertEquals(Math.pow(1e7, 1 / 79.0), rates[i] / rates[i - 1], 1e-9);
            }
            assertTrue(rates.length < 80, "it ends when the loss diverges");
            double lowest = Arrays.stream(curve.smoothed()).min().orElseThrow();
            assertTrue(lowest < curve.smoothed()[0] - 0.2, "it learns on the way");
            double proposal = curve.proposal();
            assertTrue(proposal > 1e-4 && proposal < 1, "proposed " + proposal);
            assertTrue(curve.page("a text").html().contains("Loss while the learning rate grows"));
        }
    }
}
