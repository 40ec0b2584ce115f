package io.tornadogpt.sampler.engine;

import io.tornadogpt.sampler.FinishReason;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// The door between those who submit requests and the thread that serves them: a bounded, fair line
/// in front of so many slots.
final class Admission {
    private static final double WEIGHT_OF_LAST = 0.2;
    private static final long LONGEST_RETRY = 60;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final WaitingLine waiting = new WaitingLine();
    private final EngineSettings settings;
    private EngineStats stats = EngineStats.NONE;
    private double usualSeconds = 1; // that a request has a slot
    private int active;
    private boolean closing;
    private boolean cancelling;

    Admission(EngineSettings settings) {
        this.settings = settings;
    }

    /// Lets all of some requests wait, or none.
    ///
    /// @throws QueueFullException if there is no room for all of them
    /// @throws EngineClosedException if no more are taken
    void enter(List<Job> jobs) {
        lock.lock();
        try {
            if (closing) {
                throw new EngineClosedException();
            }
            int free = Math.max(0, settings.slots() - active - waiting.size());
            if (waiting.size() + jobs.size() > settings.waiting() + free) {
                refuse("the engine has", waiting.size(), settings.waiting(), jobs.size());
            }
            for (Job job : jobs) {
                long own = jobs.stream().filter(j -> j.client().equals(job.client())).count();
                int waitingNow = waiting.size(job.client());
                if (waitingNow + own > settings.waitingPerClient() + free) {
                    refuse("this client has", waitingNow, settings.waitingPerClient(), jobs.size());
                }
            }
            jobs.forEach(waiting::add);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void refuse(String who, int waitingNow, int limit, int jobs) {
        stats = stats.refusing(jobs);
        double seconds = Math.ceil(usualSeconds * jobs / settings.slots());
        long hint = Math.clamp((long) seconds, 1, LONGEST_RETRY);
        throw new QueueFullException(who, waitingNow, limit, Duration.ofSeconds(hint));
    }

    /// Ends waiting requests that are not wanted any more, and takes the next one if a slot is
    /// free. Waits while there is nothing at all to do.
    ///
    /// @return null if none is to begin now
    @Nullable Job next() {
        lock.lock();
        try {
            while (true) {
                long now = System.nanoTime();
                for (Job job : waiting.removeIf(j -> cancelling || j.unwanted(now) != null)) {
                    FinishReason reason = job.unwanted(now);
                    job.finish(reason == null ? FinishReason.CANCELLED : reason);
                    stats = stats.after(job, false);
                }
                if (active < settings.slots()) {
                    Job job = waiting.poll();
                    if (job != null) {
                        active++;
                        return job;
                    }
                }
                if (active > 0 || closing) {
                    return null;
                }
                changed.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    /// Gives the slot of a request back.
    void leave(Job job, boolean failed) {
        lock.lock();
        try {
            active--;
            stats = stats.after(job, failed);
            usualSeconds += WEIGHT_OF_LAST * (job.served() * 1e-9 - usualSeconds);
        } finally {
            lock.unlock();
        }
    }

    /// Takes no more requests.
    ///
    /// @param cancel whether those there are end now
    void close(boolean cancel) {
        lock.lock();
        try {
            closing = true;
            cancelling |= cancel;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    boolean isCancelling() {
        lock.lock();
        try {
            return cancelling;
        } finally {
            lock.unlock();
        }
    }

    EngineStats stats() {
        lock.lock();
        try {
            return stats.now(active, waiting.size());
        } finally {
            lock.unlock();
        }
    }
}
