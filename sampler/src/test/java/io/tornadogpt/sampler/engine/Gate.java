package io.tornadogpt.sampler.engine;

import java.util.BitSet;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/// A constraint that allows everything, and lets the engine take so many tokens as a test permits:
/// between two of them the engine stands still.
final class Gate implements TokenConstraint {
    private final BitSet all = new BitSet();
    private final Semaphore permits = new Semaphore(0);
    private final Semaphore arrived = new Semaphore(0);
    private final AtomicInteger tokens = new AtomicInteger();

    Gate(int vocabulary) {
        all.set(0, vocabulary);
    }

    @Override
    public BitSet allowed() {
        arrived.release();
        permits.acquireUninterruptibly();
        return all;
    }

    @Override
    public void accept(int token) {
        tokens.incrementAndGet();
    }

    /// Waits until the engine asks once more for what is allowed.
    void await() {
        arrived.acquireUninterruptibly();
    }

    void permit(int count) {
        permits.release(count);
    }

    void open() {
        permits.release(1_000_000);
    }

    int tokens() {
        return tokens.get();
    }
}
