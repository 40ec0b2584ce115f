package io.tornadogpt.scaling;

import org.hipparchus.exception.MathIllegalStateException;
import org.hipparchus.exception.MathRuntimeException;
import org.hipparchus.linear.Array2DRowRealMatrix;
import org.hipparchus.linear.ArrayRealVector;
import org.hipparchus.linear.QRDecomposition;
import org.hipparchus.linear.RealMatrix;
import org.hipparchus.linear.RealVector;
import org.hipparchus.optim.nonlinear.vector.leastsquares.LeastSquaresBuilder;
import org.hipparchus.optim.nonlinear.vector.leastsquares.LeastSquaresProblem;
import org.hipparchus.optim.nonlinear.vector.leastsquares.LevenbergMarquardtOptimizer;
import org.hipparchus.util.Pair;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/// Fits a [ScalingLaw] to runs: what is minimized is the sum of Huber losses of `log L` with the
/// threshold 1e-3, over the logarithms of E, A and B and the two exponents, as Hoffmann et al. do;
/// so a run that went wrong does not bend the law.
///
/// A Huber loss is a sum of squares in disguise: of `r` within the threshold, and of `sqrt(2 d |r|
/// - d^2)` beyond it. Levenberg and Marquardt's method minimizes that. It is begun at several
///   exponents; for each of them the law is linear in E, A and B, which are solved for.
public final class LawFit {
    private static final double HUBER = 1e-3;
    private static final int PARAMETERS = 5;
    private static final double[] EXPONENTS = {0.1, 0.2, 0.35, 0.5, 0.8, 1.2};
    private static final double LEAST = 1e-6;
    private static final int EVALUATIONS = 2000;
    private static final int BOOTSTRAP_STARTS = 4;
    private static final int DRAWS = 10; // for each law that is asked for, before it is given up

    /// Where a start led to; its cost is infinite where no law of finite losses was on the way.
    private record Candidate(double[] point, double cost) {
        boolean isLaw() {
            return Double.isFinite(cost);
        }
    }

    private LawFit() {}

    /// The law that fits best.
    ///
    /// @throws IllegalArgumentException where there are fewer than six runs, fewer than three sizes
    ///   or numbers of tokens, or no law fits
    public static ScalingLaw fit(List<Observation> runs) {
        require(runs);
        return law(best(runs).point);
    }

    /// Laws fitted to runs drawn from these with replacement, by which intervals are told. A draw
    /// that tells no law is left out, so there may be fewer than were asked for.
    ///
    /// @param count how many
    /// @param seed of what is drawn
    /// @throws IllegalArgumentException as [#fit] does, and where no draw tells a law
    public static List<ScalingLaw> bootstrap(List<Observation> runs, int count, long seed) {
        require(runs);
        List<double[]> starts =
                candidates(runs).stream().limit(BOOTSTRAP_STARTS).map(Candidate::point).toList();
        var random = new Random(seed);
        var laws = new ArrayList<ScalingLaw>();
        for (int draw = 0; laws.size() < count && draw < DRAWS * count; draw++) {
            List<Observation> drawn =
                    random.ints(runs.size(), 0, runs.size()).mapToObj(runs::get).toList();
            if (isEnough(drawn)) {
                starts.stream()
                        .map(start -> minimize(drawn, start))
                        .filter(Candidate::isLaw)
                        .min(Comparator.comparingDouble(Candidate::cost))
                        .ifPresent(found -> laws.add(law(found.point)));
            }
        }
        if (laws.isEmpty() && count > 0) {
            throw noLaw(runs);
        }
        return laws;
    }

    private static void require(List<Observation> runs) {
        if (runs.size() <= PARAMETERS || !isEnough(runs)) {
            throw new IllegalArgumentException(
                    "%d runs do not tell a law of five constants; train at least six, of three sizes and three numbers of tokens"
                            .formatted(runs.size()));
        }
    }

    private static boolean isEnough(List<Observation> runs) {
        return runs.stream().mapToDouble(Observation::parameters).distinct().count() > 2
                && runs.stream().mapToDouble(Observation::tokens).distinct().count() > 2;
    }

    private static Candidate best(List<Observation> runs) {
        Candidate best = candidates(runs).getFirst();
        if (!best.isLaw()) {
            throw noLaw(runs);
        }
        return best;
    }

    private static IllegalArgumentException noLaw(List<Observation> runs) {
        return new IllegalArgumentException(
                "No law fits these %d runs; look at their losses, and train more sizes or more numbers of tokens"
                        .formatted(runs.size()));
    }

    /// The minima that the starts lead to, the lowest first.
    private static List<Candidate> candidates(List<Observation> runs) {
        var found = new ArrayList<Candidate>();
        for (double alpha : EXPONENTS) {
            for (double beta : EXPONENTS) {
                found.add(minimize(runs, start(runs, alpha, beta)));
            }
        }
        found.sort(Comparator.comparingDouble(Candidate::cost));
        return found;
    }

    /// E, A and B for two exponents by least squares of relative errors; what comes out negative is
    /// taken for next to nothing.
    private static double[] start(List<Observation> runs, double alpha, double beta) {
        var rows = new double[runs.size()][];
        var ones = new double[runs.size()];
        for (int i = 0; i < rows.length; i++) {
            Observation run = runs.get(i);
            rows[i] =
                    new double[] {
                        1 / run.loss(),
                        Math.pow(run.parameters(), -alpha) / run.loss(),
                        Math.pow(run.tokens(), -beta) / run.loss()
                    };
            ones[i] = 1;
        }
        double[] solved = {1, 1, 1};
        try {
            solved =
                    new QRDecomposition(new Array2DRowRealMatrix(rows, false))
                            .getSolver()
                            .solve(new ArrayRealVector(ones, false))
                            .toArray();
        } catch (MathRuntimeException e) {
            // Singular for these exponents: begun at one, which is as good as any.
        }
        double lowest = runs.stream().mapToDouble(Observation::loss).min().orElse(1);
        return new double[] {
            Math.log(Math.max(solved[0], LEAST * lowest)),
            Math.log(Math.max(solved[1], LEAST)),
            Math.log(Math.max(solved[2], LEAST)),
            alpha,
            beta
        };
    }

    /// The best point on the way from a start: also where the law is so flat that the way has no
    /// end.
    private static Candidate minimize(List<Observation> runs, double... start) {
        Candidate[] best = {new Candidate(start, Double.POSITIVE_INFINITY)};
        LeastSquaresProblem problem =
                new LeastSquaresBuilder()
                        .start(start)
                        .model(
                                point -> {
                                    var found = residuals(runs, point.toArray());
                                    double cost = found.getFirst().getNorm();
                                    if (cost < best[0].cost) {
                                        best[0] = new Candidate(point.toArray(), cost);
                                    }
                                    return found;
                                })
                        .target(new double[runs.size()])
                        .maxEvaluations(EVALUATIONS)
                        .maxIterations(EVALUATIONS)
                        .lazyEvaluation(false)
                        .build();
        try {
            new LevenbergMarquardtOptimizer().optimize(problem);
        } catch (MathIllegalStateException e) {
            // It has not settled; what it has found is as near as it came.
        }
        return best[0];
    }

    /// Residuals whose squares are twice the Huber losses, and their derivatives.
    private static Pair<RealVector, RealMatrix> residuals(List<Observation> runs, double... point) {
        var values = new double[runs.size()];
        var jacobian = new double[runs.size()][PARAMETERS];
        for (int i = 0; i < values.length; i++) {
            Observation run = runs.get(i);
            double logN = Math.log(run.parameters());
            double logD = Math.log(run.tokens());
            double e = Math.exp(point[0]);
            double a = Math.exp(point[1] - point[3] * logN);
            double b = Math.exp(point[2] - point[4] * logD);
            double sum = e + a + b;
            double r = Math.log(sum) - Math.log(run.loss());
            double size = Math.abs(r);
            double bent = size <= HUBER ? size : Math.sqrt(2 * HUBER * size - HUBER * HUBER);
            double slope = size <= HUBER ? 1 : HUBER / bent;
            values[i] = Math.signum(r) * bent;
            jacobian[i][0] = slope * e / sum;
            jacobian[i][1] = slope * a / sum;
            jacobian[i][2] = slope * b / sum;
            jacobian[i][3] = -slope * a / sum * logN;
            jacobian[i][4] = -slope * b / sum * logD;
        }
        return new Pair<>(
                new ArrayRealVector(values, false), new Array2DRowRealMatrix(jacobian, false));
    }

    private static ScalingLaw law(double... point) {
        return new ScalingLaw(
                Math.exp(point[0]), Math.exp(point[1]), Math.exp(point[2]), point[3], point[4]);
    }
}
