package io.tornadogpt.scaling;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Which models a ladder trains, and on how many tokens.
///
/// @param name of the preset
/// @param rungs sizes of models, the smallest first
/// @param tokens on how many tokens each of them is trained, the fewest first
/// @param seeds of the size in the middle on the fewest tokens, which tell the noise
public record LadderPlan(String name, List<Rung> rungs, List<Long> tokens, int seeds) {
    /// Five sizes from 10 thousand to a million parameters without embeddings, three numbers of
    /// tokens from 2.5 to 10 million: meant for about 45 minutes on two cores.
    public static final LadderPlan LADDER =
            new LadderPlan(
                    "ladder",
                    List.of(
                            new Rung(2, 2, 20),
                            new Rung(2, 2, 36),
                            new Rung(3, 4, 52),
                            new Rung(4, 4, 80),
                            new Rung(5, 4, 128)),
                    List.of(2_500_000L, 5_000_000L, 10_000_000L),
                    3);

    /// Three tiny sizes and a few thousand tokens, to try it out: seconds.
    public static final LadderPlan TINY =
            new LadderPlan(
                    "ladder-tiny",
                    List.of(new Rung(1, 1, 8), new Rung(1, 2, 16), new Rung(2, 2, 24)),
                    List.of(20_000L, 40_000L, 80_000L),
                    2);

    private static final List<LadderPlan> ALL = List.of(LADDER, TINY);
    private static final Pattern RUNG = Pattern.compile("(\\d{1,4})x(\\d{1,4})x(\\d{1,6})");
    private static final Pattern COUNT = Pattern.compile("(\\d+(?:\\.\\d+)?)([kMG]?)");

    /// The learning rate of a model 128 wide; narrower ones take a larger one.
    private static final double RATE = 2e-3;

    private static final double RATE_WIDTH = 128;
    private static final double LEAST_RATE = 0.05;
    private static final int WARMUP_PART = 20;

    /// A size of a model.
    ///
    /// @param layers blocks
    /// @param heads of each
    /// @param width channels
    public record Rung(int layers, int heads, int width) {
        /// As it is written: `4x4x80`.
        @Override
        public String toString() {
            return "%dx%dx%d".formatted(layers, heads, width);
        }
    }

    public LadderPlan {
        rungs = List.copyOf(rungs);
        tokens = List.copyOf(tokens);
        if (rungs.size() < 3 || new HashSet<>(rungs).size() < rungs.size()) {
            throw new IllegalArgumentException(
                    "the sizes are %s; expected three or more, all different".formatted(rungs));
        }
        if (tokens.size() < 3 || new HashSet<>(tokens).size() < tokens.size()) {
            throw new IllegalArgumentException(
                    "the numbers of tokens are %s; expected three or more, all different"
                            .formatted(tokens));
        }
        if (seeds < 1) {
            throw new IllegalArgumentException(
                    "%d seeds are asked for; expected 1 or more".formatted(seeds));
        }
    }

    /// The plan of that name.
    ///
    /// @throws IllegalArgumentException where there is none, naming those there are
    public static LadderPlan named(String name) {
        return ALL.stream()
                .filter(plan -> plan.name.equals(name))
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "there is no ladder '%s'; there are %s"
                                                .formatted(
                                                        name,
                                                        ALL.stream()
                                                                .map(LadderPlan::name)
                                                                .collect(
                                                                        Collectors.joining(
                                                                                ", ")))));
    }

    /// The same with other sizes, as in `2x2x20,3x4x52,5x4x128`: layers, heads, width.
    public LadderPlan withRungs(String text) {
        var others = new ArrayList<Rung>();
        for (String one : text.split(",", -1)) {
            Matcher matcher = RUNG.matcher(one.strip());
            if (!matcher.matches()) {
                throw new IllegalArgumentException(
                        "'%s' is no size; expected layers, heads and width, as in 4x4x80"
                                .formatted(one));
            }
            others.add(
                    new Rung(
                            Integer.parseInt(matcher.group(1)),
                            Integer.parseInt(matcher.group(2)),
                            Integer.parseInt(matcher.group(3))));
        }
        return new LadderPlan(name, others, tokens, seeds);
    }

    /// The same with other numbers of tokens, as in `2.5M,5M,10M`.
    public LadderPlan withTokens(String text) {
        var others = new ArrayList<Long>();
        for (String one : text.split(",", -1)) {
            others.add(count(one.strip()));
        }
        return new LadderPlan(name, rungs, others, seeds);
    }

    private static long count(String text) {
        Matcher matcher = COUNT.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "'%s' is no number of tokens; expected one as in 2.5M".formatted(text));
        }
        double unit =
                switch (matcher.group(2)) {
                    case "k" -> 1e3;
                    case "M" -> 1e6;
                    case "G" -> 1e9;
                    default -> 1;
                };
        return Math.round(Double.parseDouble(matcher.group(1)) * unit);
    }

    /// The settings of each run, size by size.
    ///
    /// @param tokensPerStep of the training
    /// @throws IllegalArgumentException where a number of tokens is less than a step's
    List<Map<String, String>> settings(long tokensPerStep) {
        var all = new ArrayList<Map<String, String>>();
        for (Rung rung : rungs) {
            for (long count : tokens) {
                all.add(settings(rung, count, tokensPerStep));
            }
        }
        return all;
    }

    /// The learning rate falls with the square root of the width; a schedule ends with the run, for
    /// a loss in the middle of one says little about the loss at the end of a shorter one.
    Map<String, String> settings(Rung rung, long count, long tokensPerStep) {
        long steps = Math.round(count / (double) tokensPerStep);
        if (steps < 2) {
            throw new IllegalArgumentException(
                    "%d tokens are less than two steps of %d; ask for more, or lower train.batchSize"
                            .formatted(count, tokensPerStep));
        }
        double rate = RATE * Math.sqrt(RATE_WIDTH / rung.width);
        var settings = new LinkedHashMap<String, String>();
        settings.put("model.nLayer", Integer.toString(rung.layers));
        settings.put("model.nHead", Integer.toString(rung.heads));
        settings.put("model.nEmbd", Integer.toString(rung.width));
        settings.put("train.steps", Long.toString(steps));
        settings.put("train.evalInterval", Long.toString(steps));
        settings.put("train.warmupSteps", Long.toString(steps / WARMUP_PART));
        settings.put("train.learningRate", rate(rate));
        settings.put("train.minLearningRate", rate(LEAST_RATE * rate));
        return settings;
    }

    private static String rate(double value) {
        return String.format(Locale.ROOT, "%.3e", value);
    }

    /// The size whose noise is measured.
    Rung middle() {
        return rungs.get(rungs.size() / 2);
    }
}
