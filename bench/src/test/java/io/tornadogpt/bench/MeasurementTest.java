package io.tornadogpt.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;

class MeasurementTest {
    private static final Peaks PEAKS = new Peaks(2, 256, 5e9, 1e10, 2e9);

    private static Burst burst(double first, double... milliseconds) {
        List<Job.Timing> timings =
                DoubleStream.of(milliseconds).mapToObj(ms -> new Job.Timing(ms, first)).toList();
        return new Burst(timings, 1 << 20);
    }

    private static Measurement training() {
        var facts = new Job.Facts("device", "step", 1, 100, 4e6, 0, 7);
        return new Measurement(facts, burst(0, 4, 1, 2));
    }

    @Test
    void speedsAreThoseOfTheMedian() {
        assertEquals(new Quartiles(1.5, 2, 3), training().milliseconds());
        assertEquals(50_000, training().tokensPerSecond());
        assertEquals(2e9, training().flopsPerSecond());
        assertTrue(training().weightBytesPerSecond().isEmpty());
    }

    @Test
    void weightsAreReadForEveryTokenButTheFirst() {
        var facts = new Job.Facts("device", "token", 11, 11, 1, 1000, 0);
        var measurement = new Measurement(facts, burst(10, 110, 110));

        assertEquals(10, measurement.milliseconds().median());
        assertEquals(10, measurement.firstTokenMilliseconds().orElseThrow());
        assertEquals(1e5, measurement.weightBytesPerSecond().orElseThrow());
    }

    @Test
    void quartilesOfAnEvenNumberLieBetweenNeighbours() {
        assertEquals(new Quartiles(1.75, 2.5, 3.25), Quartiles.of(4, 2, 1, 3));
        assertThrows(IllegalArgumentException.class, Quartiles::of);
    }

    @Test
    void reportsHoldTheFiguresOfTheTable(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("report.json");
        new Report("train", Map.of("model.nLayer", 2), PEAKS)
                .add("one", training())
                .ratio(new Quartiles(1, 2, 3))
                .write(file);

        JsonNode json = new ObjectMapper().readTree(file.toFile());
        JsonNode one = json.path("results").path("one");
        assertEquals(50_000, one.path("tokensPerSecond").doubleValue());
        assertEquals(0.2, one.path("shareOfPeakFlops").doubleValue());
        assertEquals(2, json.path("ratio").path("median").doubleValue());
        assertEquals(2, json.path("settings").path("model.nLayer").intValue());
    }

    @Test
    void loopsOfPeaksRunOnEveryThread() {
        assertTrue(MultiplyAddLoop.flopsPerSecond(2) > 0);
        assertTrue(MultiplyAddLoop.VECTOR_BITS >= 128);
    }
}
