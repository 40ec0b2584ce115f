package io.tornadogpt.tokenizer.training;

import io.tornadogpt.tokenizer.text.IntArray;
import io.tornadogpt.tokenizer.text.Trie;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/// Trains a unigram model (Kudo 2018) as SentencePiece does: beginning with many pieces, their
/// probabilities are estimated by expectation maximization with a sparse prior, the pieces whose
/// loss costs least go, and so on until few enough are left.
///
/// Sums are made over a fixed number of parts of the words, so that the result does not depend on
/// the number of cores.
public final class UnigramTraining {

    /// A piece with the logarithm of its probability.
    public record Piece(String text, double score) {}

    /// Hears how many pieces are left.
    @FunctionalInterface
    public interface Progress {
        void left(int pieces);
    }

    private static final int SEED_PIECES = 1_000_000;
    private static final int ROUNDS_OF_EM = 2;
    private static final double LEAST_EXPECTED = 0.5;
    private static final double SHRINKING_FACTOR = 0.75;
    private static final double ABOVE_WANTED = 1.1;
    private static final double PENALTY_STEP = 0.0001;
    private static final int PARTS = 8;
    private static final int NO_PIECE = -2;
    private static final Comparator<Piece> BEST_FIRST =
            Comparator.comparingDouble(Piece::score).reversed().thenComparing(Piece::text);

    private final List<WordCounts.Word> words;
    private final int wanted;
    private List<String> pieces = new ArrayList<>();
    private double[] scores;
    private Trie trie;

    private UnigramTraining(List<WordCounts.Word> words, PieceRules rules, int vocabularySize) {
        this.words = words;
        wanted = (int) (vocabularySize * ABOVE_WANTED);
        List<SeedPieces.Seed> seeds = SeedPieces.of(words, rules, SEED_PIECES);
        double sum = 0;
        for (SeedPieces.Seed seed : seeds) {
            pieces.add(seed.text());
            sum += seed.weight();
        }
        scores = new double[seeds.size()];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = Math.log(seeds.get(i).weight() / sum);
        }
        trie = trie();
    }

    /// @param words what no piece may hold is [PieceRules#BARRIER] in them
    /// @param vocabularySize of the whole vocabulary
    /// @param ordinary how many of these are pieces of text
    /// @param required characters that have to be pieces, the most frequent first
    public static List<Piece> train(
            List<WordCounts.Word> words,
            PieceRules rules,
            int vocabularySize,
            int ordinary,
            List<String> required,
            Progress progress) {
        if (words.isEmpty()) {
            return List.of();
        }
        UnigramTraining training = new UnigramTraining(words, rules, vocabularySize);
        while (true) {
            progress.left(training.pieces.size());
            for (int round = 0; round < ROUNDS_OF_EM; round++) {
                training.maximize(training.expected());
            }
            training.dropGone();
            if (training.pieces.size() <= training.wanted) {
                break;
            }
            training.prune();
        }
        return training.chosen(ordinary, required);
    }

    private Trie trie() {
        Trie all = new Trie();
        for (int i = 0; i < pieces.size(); i++) {
            all.put(pieces.get(i), i);
        }
        return all;
    }

    private WordLattice lattice() {
        double least = Arrays.stream(scores).filter(s -> !Double.isNaN(s)).min().orElse(0);
        return new WordLattice(trie, scores, least);
    }

    private static void inParts(IntConsumer work) {
        IntStream.range(0, PARTS).parallel().forEach(work);
    }

    /// How often each piece occurs on the average over all ways to make the words.
    private double[] expected() {
        double[][] parts = new double[PARTS][scores.length];
        inParts(
                part -> {
                    WordLattice lattice = lattice();
                    for (int w = part; w < words.size(); w += PARTS) {
                        lattice.set(words.get(w).text(), NO_PIECE);
                        lattice.addExpected((double) words.get(w).count(), parts[part]);
                    }
                });
        return sum(parts);
    }

    private static double[] sum(double[][] parts) {
        double[] all = parts[0];
        for (int part = 1; part < parts.length; part++) {
            for (int i = 0; i < all.length; i++) {
                all[i] += parts[part][i];
            }
        }
        return all;
    }

    /// New scores; those of pieces that hardly occur become NaN.
    private void maximize(double[] expected) {
        double sum = 0;
        for (double each : expected) {
            sum += each < LEAST_EXPECTED ? 0 : each;
        }
        double logSum = digamma(sum);
        for (int i = 0; i < scores.length; i++) {
            scores[i] = expected[i] < LEAST_EXPECTED ? Double.NaN : digamma(expected[i]) - logSum;
        }
    }

    private void dropGone() {
        IntArray left = new IntArray(pieces.size());
        for (int i = 0; i < scores.length; i++) {
            if (!Double.isNaN(scores[i])) {
                left.add(i);
            }
        }
        keep(left);
    }

    private void keep(IntArray left) {
        List<String> kept = new ArrayList<>(left.size());
        double[] keptScores = new double[left.size()];
        for (int i = 0; i < left.size(); i++) {
            kept.add(pieces.get(left.get(i)));
            keptScores[i] = scores[left.get(i)];
        }
        pieces = kept;
        scores = keptScores;
        trie = trie();
    }

    /// Drops the pieces without which the text's probability falls least.
    private void prune() {
        int[] @Nullable [] alternatives = new int[pieces.size()][];
        inParts(
                part -> {
                    WordLattice lattice = lattice();
                    for (int i = part; i < pieces.size(); i += PARTS) {
                        alternatives[i] = alternative(i, lattice);
                    }
                });
        double[] counts = counts();
        double sum = Arrays.stream(counts).sum();
        double allWords = 0;
        for (WordCounts.Word word : words) {
            allWords += word.count();
        }
        IntArray left = new IntArray(pieces.size());
        List<Loss> losses = new ArrayList<>();
        for (int i = 0; i < pieces.size(); i++) {
            int[] alternative = alternatives[i];
            if (counts[i] == 0 || alternative == null) {
                continue;
            }
            if (alternative.length == 0) {
                left.add(i);
            } else {
                losses.add(new Loss(i, loss(i, alternative, counts, sum) / allWords));
            }
        }
        losses.sort(Comparator.comparingDouble(Loss::loss).reversed().thenComparing(Loss::piece));
        int size = Math.max(wanted, (int) (SHRINKING_FACTOR * pieces.size()));
        for (Loss each : losses) {
            if (left.size() >= size) {
                break;
            }
            left.add(each.piece());
        }
        keep(left);
    }

    private record Loss(int piece, double loss) {}

    /// What a piece would be made of without it: nothing where there is no other way, null where
    /// another way is better anyhow.
    private int @Nullable [] alternative(int piece, WordLattice lattice) {
        String text = pieces.get(piece);
        if (text.codePointCount(0, text.length()) == 1) {
            return new int[0];
        }
        IntArray others = new IntArray(16);
        lattice.set(text, piece);
        double other = lattice.best(others);
        return scores[piece] >= other ? others.toArray() : null;
    }

    /// How often each piece is in the most probable ways.
    private double[] counts() {
        double[][] parts = new double[PARTS][scores.length];
        inParts(
                part -> {
                    WordLattice lattice = lattice();
                    IntArray best = new IntArray(64);
                    for (int w = part; w < words.size(); w += PARTS) {
                        lattice.set(words.get(w).text(), NO_PIECE);
                        lattice.best(best);
                        for (int i = 0; i < best.size(); i++) {
                            parts[part][best.get(i)] += words.get(w).count();
                        }
                    }
                });
        return sum(parts);
    }

    /// How much the logarithm of the text's probability falls, about, where all occurrences of a
    /// piece become its alternative.
    private static double loss(int piece, int[] alternative, double[] counts, double sum) {
        double count = counts[piece];
        double with = Math.log(count) - Math.log(sum);
        double logSum = Math.log(sum + count * (alternative.length - 1));
        double without = 0;
        for (int other : alternative) {
            without += Math.log(counts[other] + count) - logSum;
        }
        return count * (with - without);
    }

    /// The required characters and the best of the others, the best first.
    private List<Piece> chosen(int size, List<String> required) {
        List<Piece> all = new ArrayList<>();
        Map<String, Double> known = new HashMap<>();
        for (int i = 0; i < pieces.size(); i++) {
            all.add(new Piece(pieces.get(i), scores[i]));
            known.put(pieces.get(i), scores[i]);
        }
        all.sort(BEST_FIRST);
        double least = all.isEmpty() ? 0 : all.getLast().score();
        List<Piece> chosen = new ArrayList<>();
        Set<String> names = new HashSet<>();
        double penalty = 0;
        for (String character : required) {
            Double score = known.get(character);
            if (score == null) {
                score = least + penalty;
                penalty += PENALTY_STEP;
            }
            chosen.add(new Piece(character, score));
            names.add(character);
        }
        for (Piece piece : all) {
            if (chosen.size() >= size) {
                break;
            }
            if (names.add(piece.text())) {
                chosen.add(piece);
            }
        }
        chosen.sort(BEST_FIRST);
        return chosen;
    }

    /// The derivative of the logarithm of the gamma function, by its asymptotic series.
    private static double digamma(double value) {
        double result = 0;
        double x = value;
        for (; x < 7; x++) {
            result -= 1 / x;
        }
        x -= 0.5;
        double square = 1 / (x * x);
        double fourth = square * square;
        return result
                + Math.log(x)
                + square / 24
                - fourth * 7 / 960
                + fourth * square * 31 / 8064
                - fourth * fourth * 127 / 30720;
    }
}
