package io.tornadogpt.core.backend;

import java.util.concurrent.atomic.AtomicReference;

/// Lets one thread at a time use something that threads cannot share, and refuses a second one by
/// name rather than let both compute nonsense.
///
/// ```
/// user.enter();
/// try {
///     ...
/// } finally {
///     user.leave();
/// }
/// ```
///
/// Safe for use by several threads, which is what it is for.
public final class SingleUser {
    private final String what;
    private final AtomicReference<Thread> user = new AtomicReference<>();

    /// @param what is used, as a noun with its article
    public SingleUser(String what) {
        this.what = what;
    }

    /// Begins to use it.
    ///
    /// @throws IllegalStateException if it is in use, naming the threads
    public void enter() {
        Thread current = Thread.currentThread();
        Thread other = user.compareAndExchange(null, current);
        if (other != null) {
            throw new IllegalStateException(
                    "%s is in use by %s, and %s cannot use it at the same time; open one for each thread, or let threads take turns"
                            .formatted(
                                    what,
                                    named(other),
                                    other == current ? "a call from within" : named(current)));
        }
    }

    private static String named(Thread thread) {
        return "thread '%s'".formatted(thread.getName().isEmpty() ? thread : thread.getName());
    }

    /// Ends it.
    public void leave() {
        user.set(null);
    }
}
