package io.tornadogpt.trainer.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class MemoryBudgetTest {
    private static final long GIB = 1L << 30;

    @Test
    void runThatDoesNotFitIsToldWhatGradientCheckpointingWouldNeed() {
        var e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> MemoryBudget.require(11 * GIB, () -> 4 * GIB, 8 * GIB));
        assertEquals(
                "the run needs 11.0 GiB of memory, but 8.0 GiB are available; set"
                        + " train.gradientCheckpointing=true, with which it needs 4.0 GiB, or"
                        + " reduce train.batchSize (and raise train.gradAccumulation instead),"
                        + " train.blockSize or the model",
                e.getMessage());
    }

    @Test
    void whatSavesNothingIsNotSuggested() {
        var e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> MemoryBudget.require(11 * GIB, () -> 11 * GIB, 8 * GIB));
        assertEquals(
                "the run needs 11.0 GiB of memory, but 8.0 GiB are available; reduce"
                        + " train.batchSize (and raise train.gradAccumulation instead),"
                        + " train.blockSize or the model",
                e.getMessage());
    }

    @Test
    void runThatFitsPlansNothingElse() {
        MemoryBudget.require(
                8 * GIB,
                () -> {
                    throw new AssertionError("not needed");
                },
                8 * GIB);
    }
}
