package io.tornadogpt.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/// Measurements as one JSON document.
public final class Report {
    private final ObjectNode document = PacedJob.JSON.createObjectNode();
    private final @Nullable Peaks peaks;

    /// @param job `train` or `generate`
    /// @param settings what was measured, by name
    /// @param peaks null where the device's are not known
    public Report(String job, Map<String, ?> settings, @Nullable Peaks peaks) {
        this.peaks = peaks;
        document.put("job", job);
        document.put("java", Runtime.version().toString());
        document.put("processors", Runtime.getRuntime().availableProcessors());
        document.set("settings", PacedJob.JSON.valueToTree(settings));
        if (peaks != null) {
            document.set("peaks", PacedJob.JSON.valueToTree(peaks));
        }
    }

    /// Adds a measurement under a name.
    public Report add(String name, Measurement measurement) {
        ObjectNode entry = document.withObjectProperty("results").putObject(name);
        Quartiles milliseconds = measurement.milliseconds();
        entry.put("device", measurement.facts().device());
        entry.put("tokensPerSecond", measurement.tokensPerSecond());
        entry.put("unit", measurement.facts().unit());
        entry.put("milliseconds", milliseconds.median());
        entry.putArray("middleHalf").add(milliseconds.low()).add(milliseconds.high());
        entry.put("times", measurement.burst().timings().size());
        entry.put("flopsPerSecond", measurement.flopsPerSecond());
        measurement.firstTokenMilliseconds().ifPresent(ms -> entry.put("firstTokenMs", ms));
        measurement
                .weightBytesPerSecond()
                .ifPresent(bytes -> entry.put("weightBytesPerSecond", bytes));
        if (peaks != null) {
            entry.put("shareOfPeakFlops", measurement.flopsPerSecond() / peaks.flops());
            measurement
                    .weightBytesPerSecond()
                    .ifPresent(bytes -> entry.put("shareOfPeakReading", bytes / peaks.readBytes()));
        }
        entry.put("peakBytes", measurement.peakBytes());
        entry.put("plannedBytes", measurement.facts().plannedBytes());
        entry.put("learningBytes", measurement.facts().learningBytes());
        return this;
    }

    /// Adds how many times as fast the second of two was.
    public Report ratio(Quartiles ratio) {
        ObjectNode entry = document.putObject("ratio");
        entry.put("median", ratio.median());
        entry.putArray("middleHalf").add(ratio.low()).add(ratio.high());
        return this;
    }

    /// Writes the document.
    public void write(Path file) throws IOException {
        Files.writeString(file, document.toPrettyString() + "\n");
    }
}
