package io.tornadogpt.sampler.engine;

import io.tornadogpt.sampler.engine.GenerationEvent.Finished;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.TimeUnit;

/// What a request becomes, event by event. The engine never waits for who reads: what is not
/// fetched is kept, as many tokens as the request may have at most.
///
/// May be used by any thread; of several that wait each event goes to one, and the last to all.
public final class GenerationStream implements AutoCloseable {
    /// An event, or the failure that ended the request.
    private record Entry(@Nullable GenerationEvent event, @Nullable Throwable failure) {
        boolean isLast() {
            return failure != null || event instanceof Finished;
        }
    }

    private final LinkedBlockingDeque<Entry> entries = new LinkedBlockingDeque<>();
    private volatile boolean cancelled;

    GenerationStream() {}

    /// The next event; after [Finished], this one again.
    ///
    /// @throws GenerationFailedException if the request failed; again at each further call
    public GenerationEvent next() throws InterruptedException {
        return opened(entries.take());
    }

    /// The next event, or nothing if none comes within a time: for a server that shows life, or
    /// looks whether its client is there.
    ///
    /// @throws GenerationFailedException if the request failed; again at each further call
    public Optional<GenerationEvent> next(Duration within) throws InterruptedException {
        Entry entry = entries.poll(within.toNanos(), TimeUnit.NANOSECONDS);
        return entry == null ? Optional.empty() : Optional.of(opened(entry));
    }

    /// Waits for the end, and passes over what comes before it.
    ///
    /// @throws GenerationFailedException if the request failed
    public Finished finished() throws InterruptedException {
        while (true) {
            if (next() instanceof Finished end) {
                return end;
            }
        }
    }

    private GenerationEvent opened(Entry entry) {
        if (entry.isLast()) {
            entries.addFirst(entry);
        }
        if (entry.event() != null) {
            return entry.event();
        }
        throw new GenerationFailedException(entry.failure());
    }

    /// Ends the request, before its next token; what came before stays to be fetched. A request
    /// that is done is done.
    public void cancel() {
        cancelled = true;
    }

    /// As [#cancel].
    @Override
    public void close() {
        cancel();
    }

    boolean isCancelled() {
        return cancelled;
    }

    void add(GenerationEvent event) {
        entries.add(new Entry(event, null));
    }

    void fail(Throwable failure) {
        entries.add(new Entry(null, failure));
    }
}
