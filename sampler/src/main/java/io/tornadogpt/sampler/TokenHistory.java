package io.tornadogpt.sampler;

import java.util.Arrays;
import java.util.Objects;

/// A sequence as it grows: the prompt, then what was generated. It remembers tokens that have left
/// the model's context too.
///
/// Used by one thread at a time.
public final class TokenHistory {
    private final int promptLength;
    private final boolean[] inPrompt;
    private final int[] timesGenerated;
    private int[] tokens;
    private int length;

    /// @param vocabularySize V
    /// @param prompt ids from 0 to V - 1
    public TokenHistory(int vocabularySize, int... prompt) {
        promptLength = prompt.length;
        inPrompt = new boolean[vocabularySize];
        timesGenerated = new int[vocabularySize];
        tokens = Arrays.copyOf(prompt, Math.max(16, 2 * prompt.length));
        length = prompt.length;
        for (int token : prompt) {
            inPrompt[Objects.checkIndex(token, vocabularySize)] = true;
        }
    }

    /// Appends a generated token.
    public void append(int token) {
        timesGenerated[Objects.checkIndex(token, timesGenerated.length)]++;
        if (length == tokens.length) {
            tokens = Arrays.copyOf(tokens, 2 * length);
        }
        tokens[length++] = token;
    }

    /// Number of tokens of the prompt.
    public int promptLength() {
        return promptLength;
    }

    /// Number of tokens, prompt included.
    public int length() {
        return length;
    }

    /// Number of tokens after the prompt.
    public int generatedLength() {
        return length - promptLength;
    }

    /// Token `i`, 0 to `length() - 1`.
    public int token(int i) {
        return tokens[Objects.checkIndex(i, length)];
    }

    /// Whether the prompt or what came after it holds a token.
    public boolean contains(int token) {
        return inPrompt[token] || timesGenerated[token] > 0;
    }

    /// How often a token was generated after the prompt.
    public int timesGenerated(int token) {
        return timesGenerated[token];
    }

    /// The tokens after the prompt.
    public int[] generated() {
        return Arrays.copyOfRange(tokens, promptLength, length);
    }
}
