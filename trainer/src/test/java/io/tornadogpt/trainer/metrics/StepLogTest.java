package io.tornadogpt.trainer.metrics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.trainer.data.DataFileException;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;

final class StepLogTest {
    @TempDir Path directory;
    private Path path;

    @BeforeEach
    void name() {
        path = directory.resolve("metrics.jsonl");
    }

    @Test
    void lineIsJsonWithShortestNumbers() throws IOException {
        try (var log = StepLog.<StepMetrics>append(path)) {
            log.write(new StepMetrics(1, 4.1f, 1e-3, 0.1, 12345.5, null, null));
            log.write(new StepMetrics(2, 0.1, 1e-5, 2, 1e7, 0.25, 1.5));
        }
        assertEquals(
                """
                {"step":1,"loss":4.099999904632568,"lr":0.001,"gradNorm":0.1,"tokensPerSecond":12345.5}
                {"step":2,"loss":0.1,"lr":1.0E-5,"gradNorm":2.0,"tokensPerSecond":1.0E7,"mfu":0.25,"valLoss":1.5}
                """,
                Files.readString(path));
    }

    @Test
    void everyNumberComesBackToItsBits() throws IOException {
        var random = new Random(5);
        List<StepMetrics> written = new ArrayList<>();
        written.add(
                new StepMetrics(
                        0,
                        Double.NaN,
                        Double.POSITIVE_INFINITY,
                        Double.NEGATIVE_INFINITY,
                        Double.MIN_VALUE,
                        -0.0,
                        Double.NaN));
        for (int step = 1; step < 2000; step++) {
            double any = Double.longBitsToDouble(random.nextLong());
            written.add(
                    new StepMetrics(
                            step, random.nextFloat(), random.nextDouble(), any, any, null, any));
        }
        try (var log = StepLog.<StepMetrics>append(path)) {
            for (StepMetrics metrics : written) {
                log.write(metrics);
            }
            assertEquals(
                    written, StepLog.read(path, StepMetrics.class), "readable before it is closed");
        }
    }

    @Test
    void whatATaskCountsComesBack() throws IOException {
        var metrics = Map.of("rewards/margins", 0.25, "eval_accuracy", 1 / 3.0);
        var step = new StepMetrics(1, 0.5, 1e-3, 1, 100, null, 0.25, 96L, null, metrics);
        try (var log = StepLog.<StepMetrics>append(path)) {
            log.write(step);
        }
        assertEquals(List.of(step), StepLog.read(path, StepMetrics.class));
        assertTrue(
                Files.readString(path)
                        .contains(
                                "\"metrics\":{\"eval_accuracy\":0.3333333333333333,\"rewards/margins\":0.25}"));
    }

    @Test
    void tornLastLineIsPassedOverAndCutByTheNextWriter() throws IOException {
        write(1, 3);
        byte[] whole = Files.readAllBytes(path);
        for (String torn : List.of("{\"step\":4,\"lo", "{", "\0\0\0", lineOf(4).strip())) {
            Files.write(path, whole);
            Files.writeString(path, torn, StandardOpenOption.APPEND);
            assertEquals(3, StepLog.read(path, StepMetrics.class).size());
            write(4, 4);
            byte[] expected = Files.readAllBytes(path);
            assertEquals(4, StepLog.read(path, StepMetrics.class).size());
            assertArrayEquals(whole, Arrays.copyOf(expected, whole.length));
        }
        Files.writeString(path, "{\"st");
        write(1, 1);
        assertEquals(lineOf(1), Files.readString(path));
    }

    @Test
    void cutLogContinuesAsIfNeverInterrupted() throws IOException {
        write(1, 10);
        byte[] uninterrupted = Files.readAllBytes(path);
        Files.writeString(path, lineOf(11) + "{\"torn", StandardOpenOption.APPEND);
        StepLog.cutAfter(path, StepMetrics.class, 7);
        assertEquals(7, StepLog.read(path, StepMetrics.class).size());
        write(8, 10);
        assertArrayEquals(uninterrupted, Files.readAllBytes(path));
        StepLog.cutAfter(path, StepMetrics.class, 99);
        assertArrayEquals(uninterrupted, Files.readAllBytes(path));
        StepLog.cutAfter(path, StepMetrics.class, 0);
        assertEquals(List.of(), StepLog.read(path, StepMetrics.class));
        try (var files = Files.list(directory)) {
            assertEquals(List.of(path), files.toList());
        }
    }

    @Test
    void cuttingWhereThereIsNoLogDoesNothing() throws IOException {
        StepLog.cutAfter(path, StepMetrics.class, 5);
        assertTrue(Files.notExists(path));
    }

    @Test
    void otherContentsAreRefusedByLine() throws IOException {
        for (String bad :
                List.of(
                        "",
                        "{}",
                        "[]",
                        "null",
                        lineOf(3).replace("step", "stop").strip(),
                        lineOf(3).replace(":3", ":3.5").strip(),
                        lineOf(3).replace(":3", ":\"3\"").strip(),
                        lineOf(3).strip() + "x",
                        lineOf(2).strip(),
                        lineOf(1).strip())) {
            Files.writeString(path, lineOf(1) + lineOf(2) + bad + "\n" + lineOf(4));
            var e =
                    assertThrows(
                            DataFileException.class,
                            () -> StepLog.read(path, StepMetrics.class),
                            bad);
            assertTrue(e.getMessage().contains("line 3"), e.getMessage());
        }
    }

    private void write(int first, int last) throws IOException {
        try (var log = StepLog.<StepMetrics>append(path)) {
            for (int step = first; step <= last; step++) {
                log.write(metrics(step));
            }
            log.force();
        }
    }

    private static StepMetrics metrics(int step) {
        return new StepMetrics(step, 1.0 / 7 / step, 0.5, 0.25, 100, null, null);
    }

    private static String lineOf(int step) {
        return "{\"step\":%d,\"loss\":%s,\"lr\":0.5,\"gradNorm\":0.25,\"tokensPerSecond\":100.0}\n"
                .formatted(step, 1.0 / 7 / step);
    }
}
