package io.tornadogpt.trainer.data;

import io.tornadogpt.core.random.Threefry;
import io.tornadogpt.tokenizer.TokenRole;
import io.tornadogpt.tokenizer.Tokenizer;

import org.jspecify.annotations.Nullable;

import java.util.Collection;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/// Chooses tokens that a model is to find out, and hides them: 15 of 100, of which 80 of 100 become
/// the mask token, 10 any other token, and 10 stay as they are (Devlin et al., "BERT", 2019).
/// Special tokens are neither chosen nor put in place of others.
///
/// What is chosen is a function of seed, step, micro-batch, row and position. With the words w of
/// [Threefry], keyed by [Threefry#of] and counted by (position, row, place, 0), a token is chosen
/// where `w[0] < 0.15 * 2^32`; it becomes the mask where `w[1] < 0.8 * 2^32`, stays where `w[1] >=
/// 0.9 * 2^32`, and else becomes the ordinary token of number `w[2] * n / 2^32`, of the n there
/// are.
///
/// Used by one thread at a time.
public final class TokenMasks {
    /// The target of a place that predicts nothing.
    public static final int IGNORED = -1;

    /// Special tokens of a tokenizer that is made for masked tokens, the first by id first.
    public static final List<String> SPECIAL_TOKENS =
            List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]");

    /// Set these random numbers apart from other draws with the same seed.
    private static final int TRAINING_PLACE = -3;

    private static final int EVALUATION_PLACE = -4;

    private static final long CHOSEN = share(0.15);
    private static final long MASKED = share(0.8);
    private static final long CHANGED = share(0.9);

    private static final List<String> USUAL_NAMES = List.of("[MASK]", "<mask>");

    private final long seed;
    private final int mask;
    private final int[] ordinary;
    private final Set<Integer> special;
    private final int[] words = new int[4];

    /// @param mask id of the mask token
    /// @param special ids that are never chosen and never put in place of others
    /// @param vocabulary ids there are
    public TokenMasks(long seed, int mask, Collection<Integer> special, int vocabulary) {
        this.seed = seed;
        this.mask = mask;
        this.special = new TreeSet<>(special);
        this.special.add(mask);
        this.ordinary =
                IntStream.range(0, vocabulary).filter(id -> !this.special.contains(id)).toArray();
        if (ordinary.length == 0) {
            throw new IllegalArgumentException(
                    "all %d tokens are special ones, so there is nothing to mask"
                            .formatted(vocabulary));
        }
    }

    /// The masks of a tokenizer.
    ///
    /// @throws IllegalArgumentException where it has no mask token
    public static TokenMasks of(@Nullable Tokenizer tokenizer, long seed) {
        OptionalInt mask = tokenizer == null ? OptionalInt.empty() : mask(tokenizer);
        if (tokenizer == null || mask.isEmpty()) {
            throw new IllegalArgumentException(
                    "train.objective is mlm, but %s; let a tokenizer be made from the text (bpe:1024), or use one that has [MASK]"
                            .formatted(
                                    tokenizer == null
                                            ? "the tokens have no tokenizer beside them"
                                            : "the tokenizer has no mask token"));
        }
        return new TokenMasks(
                seed,
                mask.getAsInt(),
                tokenizer.specialTokens().values(),
                tokenizer.vocabularySize());
    }

    private static OptionalInt mask(Tokenizer tokenizer) {
        OptionalInt said = tokenizer.tokenFor(TokenRole.MASK);
        return said.isPresent()
                ? said
                : USUAL_NAMES.stream()
                        .map(tokenizer.specialTokens()::get)
                        .filter(id -> id != null)
                        .mapToInt(id -> id)
                        .findFirst();
    }

    private static long share(double part) {
        return (long) (part * (1L << 32));
    }

    /// Masks a micro-batch.
    ///
    /// @param rows of the batch
    /// @param tokens `[rows, T]` ids, of which some are replaced
    /// @param targets written: what was there at the chosen places, and [#IGNORED] elsewhere
    /// @return how many were chosen
    int hide(int step, int microBatch, int rows, int[] tokens, int[] targets) {
        return hide(Threefry.of(seed, step, microBatch), TRAINING_PLACE, rows, tokens, targets);
    }

    /// Masks a batch of windows to evaluate, the same at every evaluation. A window that the text
    /// does not fill is left out.
    ///
    /// @param batch its number
    /// @param tokens `[rows, T]` ids, of which some are replaced
    /// @param targets [#IGNORED] where a window is not filled; overwritten as by training
    public void hideForEvaluation(long batch, int rows, int[] tokens, int[] targets) {
        int length = tokens.length / rows;
        var filled = new boolean[rows];
        for (int row = 0; row < rows; row++) {
            filled[row] = targets[(row + 1) * length - 1] != IGNORED;
        }
        Threefry random = Threefry.of(seed, (int) batch, (int) (batch >>> 32));
        hide(random, EVALUATION_PLACE, rows, tokens, targets);
        for (int row = 0; row < rows; row++) {
            for (int i = row * length; i < (row + 1) * length && !filled[row]; i++) {
                targets[i] = IGNORED;
            }
        }
    }

    private int hide(Threefry random, int place, int rows, int[] tokens, int[] targets) {
        int length = tokens.length / rows;
        int chosen = 0;
        for (int i = 0; i < tokens.length; i++) {
            targets[i] = IGNORED;
            random.words(i % length, i / length, place, 0, words);
            if (unsigned(words[0]) < CHOSEN && !special.contains(tokens[i])) {
                targets[i] = tokens[i];
                tokens[i] = hidden(tokens[i]);
                chosen++;
            }
        }
        return chosen;
    }

    private int hidden(int token) {
        long how = unsigned(words[1]);
        if (how < MASKED) {
            return mask;
        }
        return how < CHANGED
                ? ordinary[(int) (unsigned(words[2]) * ordinary.length >>> 32)]
                : token;
    }

    private static long unsigned(int word) {
        return Integer.toUnsignedLong(word);
    }
}
