package io.tornadogpt.cli;

import java.util.List;

/// Hears Ctrl-C (SIGINT), SIGTERM and a terminal that is closed (SIGHUP): the first one asks for a
/// clean end, a second one ends the process at once. What comes within a second of the first one is
/// part of it: a key that is held down, or a signal that reaches the process twice, by its group
/// and from its parent. Until [#close], when the signals mean again what they meant before. Where
/// signals cannot be heard, Ctrl-C ends the process.
final class StopSignals implements AutoCloseable {
    private static final int SIGNAL_EXIT = 128;
    private static final long ONE_SIGNAL_NANOS = 1_000_000_000;
    private static final List<String> NAMES = List.of("INT", "TERM", "HUP");

    private final Runnable stop;
    private final List<SignalListener> listeners;
    private volatile int exitCode;
    private long firstHeard;

    /// @param stop called once, in a thread of its own
    StopSignals(Runnable stop) {
        this.stop = stop;
        listeners = NAMES.stream().map(name -> SignalListener.of(name, this::hear)).toList();
    }

    private synchronized void hear(int number) {
        if (exitCode != 0 && System.nanoTime() - firstHeard < ONE_SIGNAL_NANOS) {
            return;
        }
        if (exitCode != 0) {
            Runtime.getRuntime().halt(exitCode);
        }
        exitCode = SIGNAL_EXIT + number;
        firstHeard = System.nanoTime();
        stop.run();
    }

    /// The exit code of a process that a signal ended, 130 for Ctrl-C; 0 where none was heard.
    int exitCode() {
        return exitCode;
    }

    @Override
    public void close() {
        listeners.forEach(SignalListener::close);
    }
}
