package io.tornadogpt.emulator.engine;

import static java.lang.invoke.MethodType.methodType;

import org.jspecify.annotations.Nullable;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.util.concurrent.locks.LockSupport;

/// Work that stops in the middle and is resumed later, always by the same thread of control: one
/// runs, the other waits.
///
/// A barrier stops every work-item of its group, so the speed of a switch is the speed of the
/// emulator. The JDK's own continuations take about 0.15 microseconds; they are used where the JVM
/// was started with `--add-exports java.base/jdk.internal.vm=tornado.api` (`ALL-UNNAMED` on the
/// class path). Otherwise each work-item is a virtual thread, several times slower.
abstract sealed class Coroutine {

    private static final String PACKAGE = "jdk.internal.vm";
    private static final boolean FAST =
            Object.class.getModule().isExported(PACKAGE, Coroutine.class.getModule());

    private volatile boolean ended;

    /// Whether the work has ended; then it must not be resumed.
    final boolean hasEnded() {
        return ended;
    }

    /// The work, which notes its end.
    final Runnable noting(Runnable work) {
        return () -> {
            work.run();
            ended = true;
        };
    }

    /// Runs the work until it stops or ends.
    abstract void resume();

    /// Stops; called from within the work.
    abstract void stop();

    /// Work that has not begun yet.
    static Coroutine of(Runnable work) {
        return FAST ? new Continued(work) : new Threaded(work);
    }

    /// Work that has not begun yet, to run in a thread even where continuations are to be had.
    static Coroutine threaded(Runnable work) {
        return new Threaded(work);
    }

    /// Whether switches are fast.
    static boolean isFast() {
        return FAST;
    }

    /// On `jdk.internal.vm.Continuation`, which has no public face.
    private static final class Continued extends Coroutine {

        private static final MethodHandle NEW;
        private static final MethodHandle RUN;
        private static final MethodHandle YIELD;

        static {
            try {
                Class<?> type = Class.forName(PACKAGE + ".Continuation");
                Class<?> scopeType = Class.forName(PACKAGE + ".ContinuationScope");
                MethodHandles.Lookup lookup = MethodHandles.lookup();
                Object scope = scopeType.getConstructor(String.class).newInstance("work-group");
                NEW =
                        lookup.findConstructor(
                                        type, methodType(void.class, scopeType, Runnable.class))
                                .bindTo(scope)
                                .asType(methodType(Object.class, Runnable.class));
                RUN =
                        lookup.findVirtual(type, "run", methodType(void.class))
                                .asType(methodType(void.class, Object.class));
                YIELD =
                        lookup.findStatic(type, "yield", methodType(boolean.class, scopeType))
                                .bindTo(scope);
            } catch (ReflectiveOperationException e) {
                throw new ExceptionInInitializerError(e);
            }
        }

        private final Object continuation;

        Continued(Runnable work) {
            try {
                continuation = (Object) NEW.invokeExact(noting(work));
            } catch (Throwable e) {
                throw unexpected(e);
            }
        }

        @Override
        void resume() {
            try {
                RUN.invokeExact(continuation);
            } catch (Throwable e) {
                throw unexpected(e);
            }
        }

        @Override
        void stop() {
            try {
                boolean _ = (boolean) YIELD.invokeExact();
            } catch (Throwable e) {
                throw unexpected(e);
            }
        }

        private static IllegalStateException unexpected(Throwable e) {
            return new IllegalStateException("a continuation failed", e);
        }
    }

    /// On a virtual thread that takes turns with the one that resumes it.
    private static final class Threaded extends Coroutine {

        private final Thread worker;
        private @Nullable Thread resumer;
        private volatile boolean running;

        Threaded(Runnable work) {
            Runnable noting = noting(work);
            worker =
                    Thread.ofVirtual()
                            .name("work-item")
                            .unstarted(
                                    () -> {
                                        noting.run();
                                        running = false;
                                        LockSupport.unpark(resumer);
                                    });
        }

        @Override
        void resume() {
            resumer = Thread.currentThread();
            running = true;
            if (worker.getState() == Thread.State.NEW) {
                worker.start();
            } else {
                LockSupport.unpark(worker);
            }
            while (running) {
                LockSupport.park(this);
            }
        }

        @Override
        void stop() {
            running = false;
            LockSupport.unpark(resumer);
            while (!running) {
                LockSupport.park(this);
            }
        }
    }
}
