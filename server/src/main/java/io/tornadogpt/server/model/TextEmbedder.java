package io.tornadogpt.server.model;

import io.tornadogpt.sampler.Embedder;
import io.tornadogpt.tokenizer.Encoding;
import io.tornadogpt.tokenizer.Tokenizer;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/// Makes vectors of texts, one request after the other. May be used by any thread.
///
/// The model is opened when a first vector is asked for: most servers are never asked.
public final class TextEmbedder implements AutoCloseable {
    private static final int AT_A_TIME = 32;

    /// Opens the model.
    @FunctionalInterface
    public interface Opening {
        /// @throws IOException if files are missing or malformed
        Embedder open() throws IOException;
    }

    private final Tokenizer tokenizer;
    private final int context;
    private final int width;
    private final Opening opening;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Embedder embedder;

    /// @param context the most tokens of a text, as [Embedder#longest] says
    /// @param width elements of a vector
    public TextEmbedder(Tokenizer tokenizer, int context, int width, Opening opening) {
        this.tokenizer = tokenizer;
        this.context = context;
        this.width = width;
        this.opening = opening;
    }

    /// The most tokens of a text.
    public int context() {
        return context;
    }

    /// C, the number of a vector's elements.
    public int width() {
        return width;
    }

    /// The tokens of a text as the model expects them. What the tokenizer's file would cut off
    /// stays, so that it is seen to be too long.
    public int[] tokens(String text) {
        int[] tokens = Embedder.tokens(tokenizer, List.of(text)).getFirst().ids();
        int[] uncut = tokenizer.encode(text);
        return uncut.length > tokens.length ? tokenizer.addSpecialTokens(uncut) : tokens;
    }

    /// The vectors of texts.
    ///
    /// @param texts tokens, one or more of each and at most [#context]
    /// @param between is run between parts of the work
    /// @throws E as `between` does
    public <E extends Exception> List<float[]> embed(List<int[]> texts, Between<E> between)
            throws IOException, E {
        var vectors = new ArrayList<float[]>();
        for (int from = 0; from < texts.size(); from += AT_A_TIME) {
            List<Encoding> part =
                    texts.subList(from, Math.min(texts.size(), from + AT_A_TIME)).stream()
                            .map(Encoding::ofText)
                            .toList();
            lock.lock();
            try {
                if (embedder == null) {
                    embedder = opening.open();
                }
                vectors.addAll(embedder.embedTokens(part));
            } finally {
                lock.unlock();
            }
            between.run();
        }
        return vectors;
    }

    /// What is done between parts of a long work.
    ///
    /// @param <E> what can go wrong
    @FunctionalInterface
    public interface Between<E extends Exception> {
        void run() throws E;
    }

    @Override
    public void close() {
        lock.lock();
        try {
            if (embedder != null) {
                embedder.close();
                embedder = null;
            }
        } finally {
            lock.unlock();
        }
    }
}
