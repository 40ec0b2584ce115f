package io.tornadogpt.sampler.engine;

import io.tornadogpt.sampler.FinishReason;
import io.tornadogpt.sampler.Predictor;

import org.jspecify.annotations.Nullable;

/// What the engine's thread does: step after step, one piece of one prompt, and one token of every
/// sequence that has its prompt behind it.
final class Service implements Runnable {
    private final Predictor predictor;
    private final Admission admission;
    private final @Nullable Job[] slots;
    private int turn; // the slot whose prompt was read last

    Service(Predictor predictor, Admission admission) {
        this.predictor = predictor;
        this.admission = admission;
        slots = new Job[predictor.slots()];
    }

    /// Serves until the engine is closed and nothing is left.
    @Override
    public void run() {
        while (admit()) {
            endUnwanted();
            try {
                step();
            } catch (RuntimeException | Error failure) {
                failAll(failure);
                if (failure instanceof Error) {
                    throw failure;
                }
            }
        }
    }

    /// Ends every request, where serving itself failed.
    void abandon(Throwable failure) {
        admission.close(true);
        failAll(failure);
        admission.next(); // ends those that wait
    }

    /// Begins waiting requests in free slots.
    ///
    /// @return false if nothing is left and nothing will come
    private boolean admit() {
        for (Job job = admission.next(); job != null; job = admission.next()) {
            int slot = predictor.freeSlot(job.tokens());
            slots[slot] = job;
            try {
                job.begin(predictor, slot);
            } catch (RuntimeException failure) {
                leave(slot, job, failure);
            }
        }
        for (Job job : slots) {
            if (job != null) {
                return true;
            }
        }
        return false;
    }

    private void endUnwanted() {
        long now = System.nanoTime();
        boolean all = admission.isCancelling();
        for (int slot = 0; slot < slots.length; slot++) {
            Job job = slots[slot];
            if (job != null) {
                FinishReason reason = all ? FinishReason.CANCELLED : job.unwanted(now);
                if (reason != null) {
                    finish(slot, job, reason);
                }
            }
        }
    }

    private void step() {
        readOnePiece();
        extendReady();
        predictor.decode();
        extendReady();
    }

    /// Prompts take turns, so that a short one does not wait for the end of a long one.
    private void readOnePiece() {
        for (int i = 1; i <= slots.length; i++) {
            int slot = (turn + i) % slots.length;
            if (predictor.isReading(slot)) {
                turn = slot;
                predictor.read(slot);
                return;
            }
        }
    }

    private void extendReady() {
        for (int slot = 0; slot < slots.length; slot++) {
            Job job = slots[slot];
            if (job != null && predictor.isReady(slot)) {
                extend(slot, job);
            }
        }
    }

    private void extend(int slot, Job job) {
        try {
            FinishReason reason = job.extend(predictor, slot);
            if (reason != null) {
                finish(slot, job, reason);
            }
        } catch (RuntimeException failure) {
            leave(slot, job, failure);
        }
    }

    /// The slot is free before the end is told: who hears of it may rely on that.
    private void finish(int slot, Job job, FinishReason reason) {
        slots[slot] = null;
        predictor.end(slot);
        admission.leave(job, false);
        job.finish(reason);
    }

    private void leave(int slot, Job job, Throwable failure) {
        slots[slot] = null;
        predictor.end(slot);
        admission.leave(job, true);
        job.fail(failure);
    }

    private void failAll(Throwable failure) {
        for (int slot = 0; slot < slots.length; slot++) {
            Job job = slots[slot];
            if (job != null) {
                leave(slot, job, failure);
            }
        }
    }
}
