package io.tornadogpt.trainer.parallel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// The tree over micro-batches is the same however they are divided.
class TreeOrderTest {
    /// The sum as it is nested, by a definition of its own.
    private static String nested(int first, int size, int count) {
        if (size == 1) {
            return Integer.toString(first);
        }
        int half = size / 2;
        String left = nested(first, half, count);
        return first + half >= count
                ? left
                : "(%s+%s)".formatted(left, nested(first + half, half, count));
    }

    private static String expected(int count) {
        int size = 1;
        while (size < count) {
            size *= 2;
        }
        return nested(0, size, count);
    }

    /// What processes add up, and then what is added up of that.
    private static String sum(int processes, int each) {
        var nodes = new ArrayList<Subtree>();
        var texts = new ArrayList<String>();
        for (int rank = 0; rank < processes; rank++) {
            for (Subtree node : Subtree.covering(rank * each, each)) {
                nodes.add(node);
                texts.add(nested(node.first(), 1 << node.level(), processes * each));
            }
        }
        for (TreeOrder.Addition addition : TreeOrder.additions(nodes)) {
            String both = "(%s+%s)".formatted(texts.get(addition.to()), texts.get(addition.from()));
            texts.set(addition.to(), both);
        }
        return texts.getFirst();
    }

    @Test
    void everyDivisionNestsTheSumAlike() {
        for (int count = 1; count <= 40; count++) {
            for (int processes = 1; processes <= count; processes++) {
                if (count % processes == 0) {
                    assertEquals(
                            expected(count),
                            sum(processes, count / processes),
                            count + " among " + processes);
                }
            }
        }
    }

    @Test
    void aProcessSendsFewNodes() {
        for (int first = 0; first < 70; first++) {
            for (int count = 1; count < 70; count++) {
                List<Subtree> nodes = Subtree.covering(first, count);
                int log = 32 - Integer.numberOfLeadingZeros(count - 1);
                assertTrue(nodes.size() <= Math.max(1, 2 * log), nodes.toString());
                int all = nodes.stream().mapToInt(node -> 1 << node.level()).sum();
                assertEquals(count, all);
            }
        }
    }

    /// 1 for the node that grows, and one for each bit of the number of micro-batches.
    @Test
    void fewCopiesOfGradientsAreKept() {
        assertEquals(0, GradientSums.copies(3, 1, true));
        assertEquals(1, GradientSums.copies(0, 2, true));
        assertEquals(2, GradientSums.copies(0, 4, true));
        assertEquals(1, GradientSums.copies(1, 2, true));
        assertEquals(5, GradientSums.copies(0, 32, true));
        assertEquals(2, GradientSums.copies(0, 2, false));
    }

    @Test
    void partsCoverAllElementsInWholeBlocks() {
        for (long elements : new long[] {1, 63, 64, 65, 1000, 124_000_000, 405_000_000_000L}) {
            for (int processes : new int[] {1, 2, 3, 7, 1024}) {
                var division = new Division(elements, processes);
                long sum =
                        IntStream.range(0, processes)
                                .mapToLong(rank -> division.to(rank) - division.from(rank))
                                .sum();
                assertEquals(elements, sum);
                assertEquals(0, division.from(0));
                for (int rank = 1; rank < processes; rank++) {
                    assertEquals(division.from(rank), division.to(rank - 1));
                    assertTrue(
                            division.from(rank) % division.block() == 0
                                    || division.from(rank) == elements);
                }
                long fair = Math.ceilDiv(elements, (long) processes);
                assertTrue(division.most() <= fair + division.block(), division.toString());
            }
        }
    }
}
