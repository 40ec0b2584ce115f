package io.tornadogpt.sampler;

import io.tornadogpt.core.random.Threefry;

/// Draws tokens from logits. The random number behind a draw is a function of the seed, the number
/// of the sequence and the position in it alone, so that neither threads nor batches nor other
/// sequences change what is drawn.
///
/// Used by one thread at a time.
public final class Sampler {
    /// Sets these random bits apart from those of initialization and dropout: `SAMP`.
    private static final int PURPOSE = 0x53414D50;

    private final SamplingChain chain;
    private final Threefry random;
    private final int[] words = new int[4];
    private final Candidates candidates;

    /// @param vocabularySize V
    public Sampler(SamplingChain chain, long seed, int vocabularySize) {
        this.chain = chain;
        this.random = new Threefry((int) seed, (int) (seed >>> 32), PURPOSE, 0);
        this.candidates = new Candidates(vocabularySize);
    }

    /// V, the number of logits that [#next] expects.
    public int vocabularySize() {
        return candidates.vocabularySize();
    }

    /// Chooses the token that follows a sequence.
    ///
    /// @param logits `[V]` that the model gave to what may come next; not changed
    /// @param history the sequence; the token is not appended here
    /// @param sequence its number, which sets it apart from others of the same seed
    /// @return a token id
    /// @throws InvalidLogitsException if a logit is NaN or positive infinity, or all are negative
    ///   infinity, at the start or after a step of the chain
    public int next(float[] logits, TokenHistory history, int sequence) {
        if (logits.length != candidates.vocabularySize()) {
            throw new IllegalArgumentException(
                    "%d logits for a vocabulary of %d; expected one a token"
                            .formatted(logits.length, candidates.vocabularySize()));
        }
        candidates.load(logits);
        chain.apply(candidates, history);
        return candidates.draw(uniform(sequence, history.generatedLength()));
    }

    /// A number in [0, 1) of 53 random bits.
    private double uniform(int sequence, int position) {
        random.words(position, sequence, 0, 0, words);
        long bits = ((long) words[0] << 32) | (words[1] & 0xFFFF_FFFFL);
        return (bits >>> 11) * 0x1p-53;
    }
}
