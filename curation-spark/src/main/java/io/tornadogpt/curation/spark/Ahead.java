package io.tornadogpt.curation.spark;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.NoSuchElementException;

/// An iterator of what a method gives until it gives `null`.
///
/// Used by one thread at a time.
final class Ahead<T> implements Iterator<T> {
    /// Where the members come from.
    interface Source<T> {
        /// The next member; `null` where there is none.
        @Nullable T next() throws IOException;
    }

    private final Source<T> source;
    private @Nullable T ahead;
    private boolean ended;

    Ahead(Source<T> source) {
        this.source = source;
    }

    @Override
    public boolean hasNext() {
        if (ahead == null && !ended) {
            try {
                ahead = source.next();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            ended = ahead == null;
        }
        return ahead != null;
    }

    @Override
    public T next() {
        if (!hasNext() || ahead == null) {
            throw new NoSuchElementException();
        }
        T next = ahead;
        ahead = null;
        return next;
    }
}
