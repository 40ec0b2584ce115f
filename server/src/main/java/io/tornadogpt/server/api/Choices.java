package io.tornadogpt.server.api;

import io.tornadogpt.sampler.engine.GenerationEvent;
import io.tornadogpt.sampler.engine.GenerationEvent.Finished;
import io.tornadogpt.sampler.engine.GenerationEvent.Piece;
import io.tornadogpt.sampler.engine.GenerationFailedException;
import io.tornadogpt.sampler.engine.GenerationStream;
import io.tornadogpt.sampler.grammar.GrammarException;
import io.tornadogpt.server.http.ApiException;
import io.tornadogpt.server.http.Call;
import io.tornadogpt.server.http.Metrics;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// The texts of one request, as they grow side by side.
final class Choices implements AutoCloseable {
    private static final long LIFE = TimeUnit.SECONDS.toNanos(1);

    /// What happened to one of them.
    ///
    /// @param choice its number, from 0
    /// @param event null where it failed
    /// @param failure null where it did not
    private record Told(
            int choice,
            @Nullable GenerationEvent event,
            @Nullable GenerationFailedException failure) {}

    /// Hears of what happens to a text.
    @FunctionalInterface
    interface Listener {
        void hear(int choice, GenerationEvent event) throws IOException;
    }

    private final List<GenerationStream> streams;
    private final Metrics metrics;
    private final long begin = System.nanoTime();
    private final LinkedBlockingQueue<Told> told = new LinkedBlockingQueue<>();

    Choices(List<GenerationStream> streams, Metrics metrics) {
        this.streams = streams;
        this.metrics = metrics;
        for (int choice = 0; choice < streams.size(); choice++) {
            int number = choice;
            Thread.ofVirtual().start(() -> forward(number));
        }
    }

    private void forward(int choice) {
        long last = begin;
        boolean first = true;
        try {
            GenerationEvent event;
            do {
                event = streams.get(choice).next();
                if (event instanceof Piece) {
                    long now = System.nanoTime();
                    (first ? metrics.firstToken() : metrics.betweenTokens()).add(now - last);
                    first = false;
                    last = now;
                }
                told.add(new Told(choice, event, null));
            } while (!(event instanceof Finished));
        } catch (GenerationFailedException e) {
            told.add(new Told(choice, null, e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // nobody does
        }
    }

    /// Tells what happens, until all texts are done. Where a second passes in which the client is
    /// sent nothing, it is shown that the server lives.
    ///
    /// @throws IOException if the client has gone
    /// @throws GenerationFailedException if a text failed
    void listen(Call call, Listener listener) throws IOException, InterruptedException {
        int open = streams.size();
        while (open > 0) {
            Told next = told.poll(LIFE - call.silence(), TimeUnit.NANOSECONDS);
            if (call.silence() >= LIFE) {
                call.showLife();
            }
            if (next == null) {
                continue;
            }
            if (next.failure() != null) {
                throw explained(next.failure());
            } else if (next.event() != null) {
                listener.hear(next.choice(), next.event());
                open -= next.event() instanceof Finished ? 1 : 0;
            }
        }
    }

    /// A grammar that turns out to be too much for the server is the client's.
    private static RuntimeException explained(GenerationFailedException failure) {
        return failure.getCause() instanceof GrammarException tooMuch
                ? ApiException.badRequest("response_format", String.valueOf(tooMuch.getMessage()))
                : failure;
    }

    /// Cancels what is not done.
    @Override
    public void close() {
        streams.forEach(GenerationStream::cancel);
    }
}
