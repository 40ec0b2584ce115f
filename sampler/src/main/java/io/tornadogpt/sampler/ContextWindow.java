package io.tornadogpt.sampler;

import java.util.ArrayList;
import java.util.List;

/// What the model sees of one sequence, its last tokens, at positions from 0; and what the
/// key-value cache holds of them.
///
/// Once the window is full, every further token shifts all others to new positions, for which the
/// cache has nothing: it starts over, so that results are those of a model without a cache.
///
/// How each token got into the cache is written down. A program computes a row alike wherever it
/// stands, but two programs may round differently; so a later sequence that begins alike takes over
/// only what it would have read by the same programs in the same pieces.
final class ContextWindow {
    /// A piece that was read.
    ///
    /// @param reader number of the program
    /// @param count its tokens
    record Read(int reader, int count) {}

    private final int[] tokens;
    private final List<Read> reads = new ArrayList<>();
    private int length;
    private int cached;

    /// @param capacity the model's context
    ContextWindow(int capacity) {
        tokens = new int[capacity];
    }

    /// How many tokens of a sequence the cache holds already.
    ///
    /// @param sequence not longer than the window
    /// @param plan the pieces in which it will be read; the last one is always read again, for its
    ///   result
    int common(int[] sequence, List<Read> plan) {
        int common = 0;
        for (int i = 0; i < Math.min(plan.size() - 1, reads.size()); i++) {
            int end = common + plan.get(i).count();
            if (!plan.get(i).equals(reads.get(i)) || !equalTokens(sequence, common, end)) {
                break;
            }
            common = end;
        }
        return common;
    }

    private boolean equalTokens(int[] sequence, int from, int to) {
        for (int i = from; i < to; i++) {
            if (sequence[i] != tokens[i]) {
                return false;
            }
        }
        return true;
    }

    /// Starts a sequence.
    ///
    /// @param sequence not longer than the window
    /// @param kept its first tokens that the cache holds, as [#common] says
    void begin(int[] sequence, int kept) {
        keep(kept);
        length = sequence.length;
        System.arraycopy(sequence, 0, tokens, 0, length);
    }

    /// Forgets what the cache holds behind some tokens.
    private void keep(int count) {
        while (cached > count) {
            cached -= reads.removeLast().count();
        }
    }

    void append(int token) {
        if (length == tokens.length) {
            System.arraycopy(tokens, 1, tokens, 0, length - 1);
            length--;
            keep(0);
        }
        tokens[length++] = token;
    }

    /// Forgets the tokens that were not read, and ends the sequence.
    void end() {
        length = cached;
    }

    /// Forgets everything.
    void clear() {
        keep(0);
        length = 0;
    }

    /// Number of tokens at the beginning that the cache holds.
    int cached() {
        return cached;
    }

    /// Number of tokens at the end that the cache does not hold.
    int pending() {
        return length - cached;
    }

    /// Writes the inputs of a program that reads the next tokens.
    ///
    /// @param tokenRows of the whole batch
    /// @param positionRows of the whole batch; -1 where there is no token
    /// @param first row of this sequence
    /// @param rows of this sequence
    /// @param count how many tokens to read, at most `rows`
    void feed(int[] tokenRows, int[] positionRows, int first, int rows, int count) {
        for (int i = 0; i < rows; i++) {
            tokenRows[first + i] = i < count ? tokens[cached + i] : 0;
            positionRows[first + i] = i < count ? cached + i : -1;
        }
    }

    /// Takes the next tokens for read.
    void read(Read read) {
        reads.add(read);
        cached += read.count();
    }
}
