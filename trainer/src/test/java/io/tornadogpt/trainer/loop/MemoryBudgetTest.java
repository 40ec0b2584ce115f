package io.tornadogpt.trainer.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

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

    @Test
    void heapThatIsTooSmallIsRefusedWithTheOneThatWouldDo() {
        MemoryBudget.requireHeap(100 << 20, 400 << 20);
        var e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> MemoryBudget.requireHeap(100 << 20, 300 << 20));
        assertEquals(
                "the run needs 324.0 MiB of Java's heap, which may have 300.0 MiB; give it more"
                        + " (java -Xmx325m), or reduce the model",
                e.getMessage());
    }

    @Test
    void lowestLimitOfAContainerAndThoseAroundItCounts(@TempDir Path root) throws IOException {
        Path membership = Files.writeString(root.resolve("membership"), "0::/outer/inner\n");
        var memory = new ContainerMemory(root, membership);
        assertEquals(OptionalLong.empty(), memory.free());
        Path inner = Files.createDirectories(root.resolve("outer/inner"));
        Files.writeString(inner.resolve("memory.max"), "max\n");
        assertEquals(OptionalLong.empty(), memory.free());
        limit(root.resolve("outer"), "memory.max", "memory.current", 5 * GIB, "inactive_file");
        assertEquals(OptionalLong.of(5 * GIB - 300 + 200), memory.free());
        limit(inner, "memory.max", "memory.current", 2 * GIB, "inactive_file");
        assertEquals(OptionalLong.of(2 * GIB - 100), memory.free());
    }

    @Test
    void limitOfTheFirstVersionOfGroupsCountsWhereTheContainerSeesOnlyItsRoot(@TempDir Path root)
            throws IOException {
        Path membership =
                Files.writeString(
                        root.resolve("membership"), "3:cpu:/x\n4:memory:/docker/abc\n0::/\n");
        Path group = Files.createDirectories(root.resolve("memory"));
        limit(group, "memory.limit_in_bytes", "memory.usage_in_bytes", GIB, "total_inactive_file");
        assertEquals(OptionalLong.of(GIB - 100), new ContainerMemory(root, membership).free());
        Files.writeString(group.resolve("memory.usage_in_bytes"), Long.toString(2 * GIB));
        assertEquals(OptionalLong.of(0), new ContainerMemory(root, membership).free());
    }

    private static void limit(Path group, String limit, String usage, long bytes, String inactive)
            throws IOException {
        Files.writeString(group.resolve(limit), bytes + "\n");
        Files.writeString(group.resolve(usage), "300\n");
        Files.writeString(group.resolve("memory.stat"), "anon 7\n" + inactive + " 200\n");
    }
}
