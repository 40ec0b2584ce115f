package io.tornadogpt.sampler;

import java.util.Arrays;

/// What the model sees of one sequence: its last `blockSize` tokens, at positions from 0. How many
/// of them the key-value cache holds is known here.
///
/// Once the window is full, every further token shifts all others to new positions, for which the
/// cache has nothing: it starts over, so that results are those of a model without a cache.
final class ContextWindow {
    private final int[] tokens;
    private int length;
    private int cached;

    /// @param capacity `blockSize`
    ContextWindow(int capacity) {
        tokens = new int[capacity];
    }

    /// Starts a sequence with the last tokens of a prompt, as many as there is room for; with none
    /// the window stays empty and has nothing to read.
    void begin(int... prompt) {
        length = Math.min(prompt.length, tokens.length);
        System.arraycopy(prompt, prompt.length - length, tokens, 0, length);
        cached = 0;
    }

    void append(int token) {
        if (length == tokens.length) {
            System.arraycopy(tokens, 1, tokens, 0, length - 1);
            length--;
            cached = 0;
        }
        tokens[length++] = token;
    }

    /// Number of tokens at the end that the cache does not hold.
    int pending() {
        return length - cached;
    }

    /// Writes the inputs of a program that reads the next tokens, and takes these for cached. Near
    /// the end of the window the piece begins earlier and reads some tokens again, which changes
    /// nothing, so that no position lies outside of the cache. Rows behind the last token store
    /// what nothing reads before it is overwritten.
    ///
    /// @param tokenRows of the whole batch
    /// @param positionRows of the whole batch
    /// @param first row of this sequence
    /// @param count rows of this sequence
    /// @return the row of the last token if it is among them, else `first`
    int feed(int[] tokenRows, int[] positionRows, int first, int count) {
        int start = Math.min(cached, tokens.length - count);
        int end = Math.min(length, start + count);
        for (int i = 0; i < count; i++) {
            int position = start + i;
            tokenRows[first + i] = position < end ? tokens[position] : 0;
            positionRows[first + i] = position;
        }
        cached = end;
        return cached == length ? first + end - 1 - start : first;
    }

    /// Writes the inputs of a program that has nothing to do for this sequence: all rows go to the
    /// first position that is not cached yet. Where all are cached, the last position is given up;
    /// the next token would begin a new window anyway.
    void idle(int[] tokenRows, int[] positionRows, int first, int count) {
        Arrays.fill(tokenRows, first, first + count, 0);
        Arrays.fill(positionRows, first, first + count, Math.min(cached, tokens.length - 1));
    }
}
