package io.tornadogpt.bench;

import com.fasterxml.jackson.databind.ObjectMapper;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/// A job that another process sets the pace of, so that two of them can take turns on one machine
/// without starting anew each time.
///
/// The other process first reads the job's [Job.Facts], then writes a line for each burst it wants,
/// the seconds to go on for and how often at most, and reads the [Burst]: a JSON object a line. The
/// programs in `bench/peers` speak the same.
public final class PacedJob {
    static final ObjectMapper JSON = new ObjectMapper();

    private PacedJob() {}

    /// Does the job as it is asked to, until there are no more lines.
    ///
    /// @param answers sends a line at once
    public static void serve(Job job, InputStream requests, Consumer<String> answers)
            throws IOException {
        answers.accept(JSON.writeValueAsString(job.facts()));
        var lines = new BufferedReader(new InputStreamReader(requests, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            Request request = Request.parse(line);
            Burst burst = Burst.of(job, request.seconds(), request.most());
            answers.accept(JSON.writeValueAsString(burst));
        }
    }

    /// A line that asks for a burst.
    ///
    /// @param most how often the job is done at most
    record Request(double seconds, int most) {
        static Request parse(String line) {
            String[] words = line.strip().split(" ");
            try {
                return new Request(Double.parseDouble(words[0]), Integer.parseInt(words[1]));
            } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
                throw new IllegalArgumentException(
                        "a burst was asked for by '%s'; expected seconds and a count, as in '2.5 1000'"
                                .formatted(line),
                        e);
            }
        }

        @Override
        public String toString() {
            return seconds + " " + most;
        }
    }
}
