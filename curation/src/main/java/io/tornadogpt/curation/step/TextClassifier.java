package io.tornadogpt.curation.step;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Tells texts of one kind from those of another: logistic regression over hashed n-grams of words
/// (Joulin et al. 2017, "Bag of Tricks for Efficient Text Classification", without its hidden
/// layer). Which n-grams a text has counts, not how often.
///
/// Both kinds weigh the same, however many texts of them there are. The same texts in the same
/// order give the same weights, to the last bit: one thread learns them.
///
/// Immutable; any number of threads may share it.
public final class TextClassifier {
    private static final int BITS = 18;
    private static final int NGRAM = 2;
    private static final int EPOCHS = 8;
    private static final double RATE = 0.5;
    private static final double DECAY = 1e-6;
    private static final int LONGEST = 5_000;

    private final float[] weights;

    private TextClassifier(float[] weights) {
        this.weights = weights;
    }

    private record Example(int[] features, boolean wanted) {}

    /// Learns.
    ///
    /// @param wanted texts of the kind whose probability is asked for
    /// @param others texts of the other kind
    /// @throws IllegalArgumentException where there is none of one kind
    public static TextClassifier train(List<String> wanted, List<String> others) {
        if (wanted.isEmpty() || others.isEmpty()) {
            throw new IllegalArgumentException(
                    "a classifier learns from texts of two kinds, and there are %d of one and %d of the other; give both"
                            .formatted(wanted.size(), others.size()));
        }
        var examples = new ArrayList<Example>();
        wanted.forEach(text -> examples.add(new Example(features(text), true)));
        others.forEach(text -> examples.add(new Example(features(text), false)));
        double all = examples.size();
        double ofWanted = all / (2 * wanted.size());
        double ofOthers = all / (2 * others.size());
        var weights = new float[(1 << BITS) + 1];
        var random = new Random(1);
        long steps = (long) EPOCHS * examples.size();
        long step = 0;
        for (int epoch = 0; epoch < EPOCHS; epoch++) {
            shuffle(examples, random);
            for (Example example : examples) {
                double rate = RATE * (1 - step++ / (double) steps);
                double error = (example.wanted ? 1 : 0) - probability(weights, example.features);
                learn(
                        weights,
                        example,
                        rate * error * (example.wanted ? ofWanted : ofOthers),
                        rate);
            }
        }
        return new TextClassifier(weights);
    }

    /// Fisher and Yates's.
    private static void shuffle(List<Example> examples, Random random) {
        for (int i = examples.size() - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            Example other = examples.get(j);
            examples.set(j, examples.get(i));
            examples.set(i, other);
        }
    }

    private static void learn(float[] weights, Example example, double push, double rate) {
        double scale = scale(example.features.length);
        for (int feature : example.features) {
            double weight = weights[feature];
            weights[feature] = (float) (weight + push * scale * 8 - rate * DECAY * weight);
        }
        weights[1 << BITS] += (float) (push * 0.1);
    }

    /// So that a long text pushes no harder than a short one.
    private static double scale(int features) {
        return features == 0 ? 0 : 1 / Math.sqrt(features);
    }

    private static double probability(float[] weights, int[] features) {
        double sum = 0;
        for (int feature : features) {
            sum += weights[feature];
        }
        double logit = sum * scale(features.length) + weights[1 << BITS];
        return 1 / (1 + StrictMath.exp(-logit));
    }

    /// The places of a text's n-grams, each once, in their order.
    private static int[] features(String text) {
        WordRuns words = WordRuns.of(text);
        int count = Math.min(LONGEST, words.count());
        var features = new int[NGRAM * count];
        int n = 0;
        for (int length = 1; length <= NGRAM; length++) {
            for (int i = 0; i + length <= count; i++) {
                features[n++] = (int) (words.hash(i, length) >>> (64 - BITS));
            }
        }
        return java.util.Arrays.stream(features, 0, n).sorted().distinct().toArray();
    }

    /// How probable it is that a text is of the kind that is wanted.
    public double probability(String text) {
        return probability(weights, features(text));
    }
}
