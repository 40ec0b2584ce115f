package io.tornadogpt.cli;

import sun.misc.Signal;
import sun.misc.SignalHandler;

import java.util.ArrayList;
import java.util.List;

/// Hears Ctrl-C (SIGINT) and SIGTERM: the first one asks for a clean end, a second one ends the
/// process at once. Until [#close], when the signals mean again what they meant before.
@SuppressWarnings("sunapi") // the one way to hear a signal without beginning to shut down
final class StopSignals implements AutoCloseable {
    private static final int SIGNAL_EXIT = 128;

    private record Replaced(Signal signal, SignalHandler handler) {}

    private final List<Replaced> replaced = new ArrayList<>();
    private final Runnable stop;
    private volatile int exitCode;

    /// @param stop called once, in a thread of its own
    StopSignals(Runnable stop) {
        this.stop = stop;
        for (String name : List.of("INT", "TERM")) {
            var signal = new Signal(name);
            try {
                replaced.add(new Replaced(signal, Signal.handle(signal, this::heard)));
            } catch (IllegalArgumentException e) {
                // the JVM was told to leave this signal alone (-Xrs, nohup): so do we
                continue;
            }
        }
    }

    private synchronized void heard(Signal signal) {
        if (exitCode != 0) {
            Runtime.getRuntime().halt(exitCode);
        }
        exitCode = SIGNAL_EXIT + signal.getNumber();
        stop.run();
    }

    /// The exit code of a process that a signal ended, 130 for Ctrl-C; 0 where none was heard.
    int exitCode() {
        return exitCode;
    }

    @Override
    public void close() {
        for (Replaced signal : replaced) {
            Signal.handle(signal.signal, signal.handler);
        }
    }
}
