package io.tornadogpt.cli;

import org.jspecify.annotations.Nullable;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.function.IntConsumer;

/// Hears a signal of the system until [#close], when the signal means again what it meant before.
///
/// The JDK's one way to hear a signal without beginning to shut down is `sun.misc.Signal`, of the
/// module jdk.unsupported. It is called by reflection, because javac warns of every mention of it
/// and knows no way to be told that it is meant. Where it is missing, or the signal is not ours to
/// hear (`java -Xrs`, say) or unknown to the system, it goes on to do what it did before.
final class SignalListener implements AutoCloseable {
    private @Nullable Object signal;
    private @Nullable Object before;

    private SignalListener(String name, IntConsumer hears) {
        try {
            Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
            Object heard = signalType().getConstructor(String.class).newInstance(name);
            int number = (int) signalType().getMethod("getNumber").invoke(heard);
            InvocationHandler invoked =
                    (proxy, method, arguments) -> {
                        if (!method.getName().equals("handle")) {
                            throw new UnsupportedOperationException(method.toString());
                        }
                        hears.accept(number);
                        return null;
                    };
            Object handler =
                    Proxy.newProxyInstance(
                            handlerType.getClassLoader(), new Class<?>[] {handlerType}, invoked);
            before = handle(heard, handler);
            signal = heard;
        } catch (ReflectiveOperationException e) {
            signal = null; // what it did before, it does
        }
    }

    /// @param name as in INT
    /// @param hears gets the number of the signal, in a thread of its own
    static SignalListener of(String name, IntConsumer hears) {
        return new SignalListener(name, hears);
    }

    private static Class<?> signalType() throws ClassNotFoundException {
        return Class.forName("sun.misc.Signal");
    }

    /// Sets a signal's handler and returns the one before.
    private static @Nullable Object handle(Object signal, @Nullable Object handler)
            throws ReflectiveOperationException {
        return signalType()
                .getMethod("handle", signalType(), Class.forName("sun.misc.SignalHandler"))
                .invoke(null, signal, handler);
    }

    @Override
    public void close() {
        Object heard = signal;
        if (heard == null) {
            return;
        }
        try {
            handle(heard, before);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e); // it could be set before
        }
    }
}
