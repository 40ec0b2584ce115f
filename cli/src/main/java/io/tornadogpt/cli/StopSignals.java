package io.tornadogpt.cli;

import org.jspecify.annotations.Nullable;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Hears Ctrl-C (SIGINT), SIGTERM and a terminal that is closed (SIGHUP): the first one asks for a
/// clean end, a second one ends the process at once. Until [#close], when the signals mean again
/// what they meant before.
///
/// The JDK's one way to hear a signal without beginning to shut down is `sun.misc.Signal`, of the
/// module jdk.unsupported. It is called by reflection, because javac warns of every mention of it
/// and knows no way to be told that it is meant. Where it is missing, Ctrl-C ends the process.
final class StopSignals implements AutoCloseable {
    private static final int SIGNAL_EXIT = 128;
    private static final List<String> NAMES = List.of("INT", "TERM", "HUP");

    private final Runnable stop;
    private final Map<Object, Object> handlersBefore = new LinkedHashMap<>();
    private volatile int exitCode;

    /// @param stop called once, in a thread of its own
    StopSignals(Runnable stop) {
        this.stop = stop;
        NAMES.forEach(this::listen);
    }

    private void listen(String name) {
        try {
            Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
            Object signal = signalType().getConstructor(String.class).newInstance(name);
            int number = (int) signalType().getMethod("getNumber").invoke(signal);
            InvocationHandler hears = (proxy, method, arguments) -> hear(number, method);
            Object handler =
                    Proxy.newProxyInstance(
                            handlerType.getClassLoader(), new Class<?>[] {handlerType}, hears);
            handlersBefore.put(signal, handle(signal, handler));
        } catch (ReflectiveOperationException e) {
            // Not ours to hear (java -Xrs, say), or unknown to the system: what it did before, it
            // does.
            return;
        }
    }

    private static Class<?> signalType() throws ClassNotFoundException {
        return Class.forName("sun.misc.Signal");
    }

    /// Sets a signal's handler and returns the one before.
    private static Object handle(Object signal, Object handler)
            throws ReflectiveOperationException {
        return signalType()
                .getMethod("handle", signalType(), Class.forName("sun.misc.SignalHandler"))
                .invoke(null, signal, handler);
    }

    private synchronized @Nullable Object hear(int number, Method method) {
        if (!method.getName().equals("handle")) {
            throw new UnsupportedOperationException(method.toString());
        }
        if (exitCode != 0) {
            Runtime.getRuntime().halt(exitCode);
        }
        exitCode = SIGNAL_EXIT + number;
        stop.run();
        return null;
    }

    /// The exit code of a process that a signal ended, 130 for Ctrl-C; 0 where none was heard.
    int exitCode() {
        return exitCode;
    }

    @Override
    public void close() {
        handlersBefore.forEach(
                (signal, handler) -> {
                    try {
                        handle(signal, handler);
                    } catch (ReflectiveOperationException e) {
                        throw new IllegalStateException(e); // it could be set before
                    }
                });
    }
}
