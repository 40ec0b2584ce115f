package io.tornadogpt.scaling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

class LawFitTest {
    /// Losses of a law for sizes and tokens like Hoffmann's, with noise of the logarithm.
    private static List<Observation> runs(ScalingLaw law, double noise, long seed) {
        var random = new Random(seed);
        var runs = new ArrayList<Observation>();
        for (double n : new double[] {4e7, 1.2e8, 4e8, 1.2e9, 4e9, 1.2e10}) {
            for (double d : new double[] {1e9, 4e9, 1.6e10, 6.4e10, 2.5e11}) {
                double loss = law.loss(n, d) * Math.exp(noise * random.nextGaussian());
                runs.add(new Observation(n, d, loss));
            }
        }
        return runs;
    }

    @Test
    void hoffmannsConstantsComeBackFromLossesWithoutNoise() {
        ScalingLaw found = LawFit.fit(runs(ScalingLaw.HOFFMANN, 0, 1));
        assertEquals(1.69, found.e(), 1e-4);
        assertEquals(406.4, found.a(), 0.5);
        assertEquals(410.7, found.b(), 0.5);
        assertEquals(0.34, found.alpha(), 1e-4);
        assertEquals(0.28, found.beta(), 1e-4);
    }

    @Property(tries = 8)
    void hoffmannsExponentsComeBackThroughNoise(@ForAll @IntRange(max = 1000) int seed) {
        ScalingLaw found = LawFit.fit(runs(ScalingLaw.HOFFMANN, 0.001, seed));
        assertEquals(0.34, found.alpha(), 0.02);
        assertEquals(0.28, found.beta(), 0.02);
        assertEquals(1.69, found.e(), 0.05);
    }

    @Property(tries = 8)
    void anyLawComesBack(
            @ForAll @DoubleRange(min = 0.25, max = 0.5) double alpha,
            @ForAll @DoubleRange(min = 0.25, max = 0.5) double beta,
            @ForAll @DoubleRange(min = 1, max = 3) double e) {
        double a = 0.5 * Math.pow(4e8, alpha);
        double b = 0.5 * Math.pow(1.6e10, beta);
        ScalingLaw found = LawFit.fit(runs(new ScalingLaw(e, a, b, alpha, beta), 0, 1));
        assertEquals(alpha, found.alpha(), 1e-3);
        assertEquals(beta, found.beta(), 1e-3);
        assertEquals(e, found.e(), 1e-3);
    }

    @Test
    void aRunThatWentWrongDoesNotBendTheLaw() {
        List<Observation> runs = runs(ScalingLaw.HOFFMANN, 0, 1);
        Observation bad = runs.get(7);
        runs.set(7, new Observation(bad.parameters(), bad.tokens(), 1.2 * bad.loss()));
        ScalingLaw found = LawFit.fit(runs);
        assertEquals(0.34, found.alpha(), 1e-3);
        assertEquals(0.28, found.beta(), 1e-3);
    }

    @Test
    void intervalsHoldTheTruthAndShrinkWithTheNoise() {
        FittedLaw noisy = FittedLaw.of(runs(ScalingLaw.HOFFMANN, 0.003, 3), 1);
        FittedLaw clear = FittedLaw.of(runs(ScalingLaw.HOFFMANN, 0.0003, 3), 1);
        FittedLaw.Interval wide = noisy.interval(ScalingLaw::alpha);
        FittedLaw.Interval narrow = clear.interval(ScalingLaw::alpha);
        assertTrue(wide.low() < 0.34 && wide.high() > 0.34, wide::toString);
        assertTrue(
                wide.high() - wide.low() > 3 * (narrow.high() - narrow.low()),
                () -> wide + " " + narrow);
        assertEquals(0.003, noisy.error(), 0.0015);
    }

    @Test
    void recommendationIsThatOfTheClosedFormWhereATokenCostsSixTimesTheSize() {
        FittedLaw fitted = FittedLaw.of(runs(ScalingLaw.HOFFMANN, 0, 1), 1);
        Cost cost = Cost.of(Map.of(4e7, 2.4e8, 1.2e10, 7.2e10));
        double flops = 5.76e21;
        Recommendation best = Recommendation.of(fitted, cost, flops);
        double closed = ScalingLaw.HOFFMANN.bestParameters(flops);
        assertEquals(1, best.parameters() / closed, 0.02);
        assertEquals(flops / 6 / best.parameters(), best.tokens(), best.tokens() * 1e-6);
        assertEquals(ScalingLaw.HOFFMANN.loss(closed, flops / 6 / closed), best.loss(), 1e-3);
        assertEquals(1, best.beyond());
        assertTrue(Recommendation.of(fitted, cost, 1e4 * flops).beyond() > 2);
    }

    @Test
    void tooFewRunsAreRefused() {
        List<Observation> runs = runs(ScalingLaw.HOFFMANN, 0, 1);
        for (List<Observation> few : List.of(runs.subList(0, 5), runs.subList(0, 10))) {
            var e = assertThrows(IllegalArgumentException.class, () -> LawFit.fit(few));
            assertTrue(e.getMessage().contains("do not tell a law of five constants"));
        }
    }
}
