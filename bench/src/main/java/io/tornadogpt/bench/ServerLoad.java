package io.tornadogpt.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// Many clients at once of a server that speaks OpenAI's protocol: each asks one request after the
/// other, with prompts of random tokens and of mixed lengths, always for the likeliest tokens, as a
/// stream of events. Every text is compared with the one that the same request got alone.
///
/// Immutable; one measurement at a time tells anything.
public final class ServerLoad {
    private static final long SEED = 1337;
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(30);
    private static final String DATA = "data: ";
    private static final String END = "[DONE]";

    private final Demand demand;
    private final List<Asked> asked = new ArrayList<>();

    /// What clients ask for.
    ///
    /// @param clients that ask at the same time
    /// @param requests that differ
    /// @param promptTokens of the longest prompt; the shortest has 1
    /// @param newTokens of the longest answer; the shortest has 1
    public record Demand(int clients, int requests, int promptTokens, int newTokens) {
        public Demand {
            if (clients < 1 || requests < 1 || promptTokens < 1 || newTokens < 1) {
                throw new IllegalArgumentException(
                        "%d clients, %d requests, prompts of %d tokens and answers of %d were asked for; expected 1 or more of each"
                                .formatted(clients, requests, promptTokens, newTokens));
            }
        }
    }

    private record Asked(int[] prompt, int newTokens) {}

    /// How long clients waited, in milliseconds.
    public record Waiting(double median, double p99) {
        static Waiting of(double... milliseconds) {
            return new Waiting(percentile(milliseconds, 0.5), percentile(milliseconds, 0.99));
        }
    }

    /// What memory the process had, in MiB; 0 where the system does not say.
    ///
    /// @param early the median of the first quarter of the time
    /// @param late the median of the last quarter
    public record Resident(double early, double late, double most) {
        @Override
        public String toString() {
            return "%.0f, %.0f, %.0f".formatted(early, late, most);
        }
    }

    /// What came of it.
    ///
    /// @param answers that were given whole
    /// @param wrong answers with another text than alone
    /// @param lost requests that were refused or broken off
    /// @param tokensPerSecond that all clients together got
    /// @param first from a request to its first piece of text
    /// @param next from a piece of text to the one behind
    public record Result(
            long answers,
            long wrong,
            long lost,
            double tokensPerSecond,
            Waiting first,
            Waiting next,
            Resident resident) {}

    /// @param vocabulary of the model: prompts are of tokens 0 to this
    public ServerLoad(Demand demand, int vocabulary) {
        this.demand = demand;
        var random = new SplittableRandom(SEED);
        for (int i = 0; i < demand.requests; i++) {
            int length = random.nextInt(1, demand.promptTokens + 1);
            asked.add(
                    new Asked(
                            random.ints(length, 0, vocabulary).toArray(),
                            random.nextInt(1, demand.newTokens + 1)));
        }
    }

    /// Asks each request alone, and then lets all clients ask for some time; requests that were
    /// begun by then are waited for.
    ///
    /// @param base address of the server
    /// @param model name of the model there
    /// @throws IOException where a request alone cannot be answered
    public Result run(URI base, String model, double seconds)
            throws IOException, InterruptedException {
        try (HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            var connection = new Connection(client, base.resolve("/v1/completions"), model);
            var alone = new ArrayList<String>();
            for (Asked each : asked) {
                alone.add(connection.answer(each).text);
            }
            return together(connection, alone, seconds);
        }
    }

    private Result together(Connection connection, List<String> alone, double seconds)
            throws InterruptedException {
        var memory = new MemoryWatch();
        long begin = System.nanoTime();
        long end = begin + (long) (seconds * 1e9);
        var total = new Tally();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Tally>> running = new ArrayList<>();
            for (int c = 0; c < demand.clients; c++) {
                int first = c;
                running.add(threads.submit(() -> client(connection, alone, first, end)));
            }
            for (Future<Tally> each : running) {
                total.add(each.get());
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } finally {
            memory.stop();
        }
        double took = (System.nanoTime() - begin) * 1e-9;
        return new Result(
                total.answers,
                total.wrong,
                total.lost,
                total.tokens / took,
                Waiting.of(numbers(total.first)),
                Waiting.of(numbers(total.next)),
                memory.resident());
    }

    /// @param number of the client, with whose request it begins
    private Tally client(Connection connection, List<String> alone, int number, long end)
            throws InterruptedException {
        var tally = new Tally();
        for (int i = number; System.nanoTime() < end; i++) {
            int which = i % asked.size();
            try {
                Answer answer = connection.answer(asked.get(which));
                tally.add(answer, answer.text.equals(alone.get(which)));
            } catch (IOException e) {
                tally.lost++;
            }
        }
        return tally;
    }

    /// @param milliseconds none is nothing
    private static double[] numbers(List<Double> milliseconds) {
        return milliseconds.stream().mapToDouble(Double::doubleValue).toArray();
    }

    /// The number that so many of some numbers do not exceed; NaN of none.
    ///
    /// @param share from 0 to 1
    public static double percentile(double[] numbers, double share) {
        if (numbers.length == 0) {
            return Double.NaN;
        }
        double[] sorted = numbers.clone();
        Arrays.sort(sorted);
        return sorted[
                Math.clamp((long) Math.ceil(share * sorted.length) - 1, 0, sorted.length - 1)];
    }

    /// Figures of several runs as a JSON document.
    ///
    /// @param slots of the server in each run
    public static String json(List<Integer> slots, List<Result> results) {
        ArrayNode rows = PacedJob.JSON.createArrayNode();
        for (int i = 0; i < results.size(); i++) {
            ObjectNode row = rows.addObject();
            row.put("slots", slots.get(i));
            row.setAll((ObjectNode) PacedJob.JSON.valueToTree(results.get(i)));
        }
        return rows.toPrettyString();
    }

    /// Starts a server that prints its address behind the word `api`, and asks it for one token.
    ///
    /// @param command of the process, which is ended afterwards
    /// @return milliseconds from the start of the process to the end of the answer
    /// @throws IOException where the process ends before, or does not answer
    public static double firstAnswer(List<String> command)
            throws IOException, InterruptedException {
        long begin = System.nanoTime();
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
                HttpClient client =
                        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            String address = address(lines);
            URI models = URI.create(address + "/models");
            String model =
                    PacedJob.JSON
                            .readTree(
                                    client.send(
                                                    HttpRequest.newBuilder(models).build(),
                                                    HttpResponse.BodyHandlers.ofString())
                                            .body())
                            .at("/data/0/id")
                            .asText();
            new Connection(client, URI.create(address + "/completions"), model)
                    .answer(new Asked(new int[] {1}, 1));
            return (System.nanoTime() - begin) * 1e-6;
        } finally {
            process.destroy();
            if (!process.waitFor(1, TimeUnit.MINUTES)) {
                process.destroyForcibly();
            }
        }
    }

    private static String address(BufferedReader lines) throws IOException {
        var seen = new StringBuilder();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.startsWith("api ")) {
                return line.substring(4).strip();
            }
            seen.append(line).append('\n');
        }
        throw new IOException("the server ended before it could be asked: " + seen);
    }

    /// What a request came to.
    ///
    /// @param first milliseconds to the first piece of text
    /// @param next milliseconds between pieces
    private record Answer(String text, long tokens, double first, List<Double> next) {}

    /// A way to the server.
    private record Connection(HttpClient client, URI address, String model) {
        Answer answer(Asked asked) throws IOException, InterruptedException {
            ObjectNode body = PacedJob.JSON.createObjectNode();
            body.put("model", model);
            ArrayNode prompt = body.putArray("prompt");
            for (int token : asked.prompt) {
                prompt.add(token);
            }
            body.put("max_tokens", asked.newTokens);
            body.put("temperature", 0);
            body.put("stream", true);
            body.putObject("stream_options").put("include_usage", true);
            HttpRequest request =
                    HttpRequest.newBuilder(address)
                            .timeout(LONGEST_WAIT)
                            .header("Content-Type", "application/json")
                            .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
                            .build();
            long begin = System.nanoTime();
            HttpResponse<Stream<String>> response =
                    client.send(request, HttpResponse.BodyHandlers.ofLines());
            try (Stream<String> lines = response.body()) {
                if (response.statusCode() != 200) {
                    throw new IOException(
                            "status %d: %s"
                                    .formatted(
                                            response.statusCode(),
                                            String.join(" ", lines.toList())));
                }
                return read(lines.iterator(), begin);
            }
        }

        private static Answer read(Iterator<String> lines, long begin) throws IOException {
            var text = new StringBuilder();
            var next = new ArrayList<Double>();
            double first = Double.NaN;
            long last = begin;
            long tokens = 0;
            while (lines.hasNext()) {
                String line = lines.next();
                if (!line.startsWith(DATA)) {
                    continue;
                }
                String data = line.substring(DATA.length());
                if (data.equals(END)) {
                    double whole = (System.nanoTime() - begin) * 1e-6;
                    return new Answer(
                            text.toString(), tokens, Double.isNaN(first) ? whole : first, next);
                }
                JsonNode event = PacedJob.JSON.readTree(data);
                if (event.has("error")) {
                    throw new IOException(event.path("error").toString());
                }
                tokens += event.at("/usage/completion_tokens").asLong(0);
                String piece = event.at("/choices/0/text").asText("");
                if (!piece.isEmpty()) {
                    long now = System.nanoTime();
                    if (Double.isNaN(first)) {
                        first = (now - begin) * 1e-6;
                    } else {
                        next.add((now - last) * 1e-6);
                    }
                    last = now;
                    text.append(piece);
                }
            }
            throw new IOException("the stream has no end");
        }
    }

    /// What clients got. Each client has one of its own.
    private static final class Tally {
        private long answers;
        private long wrong;
        private long lost;
        private long tokens;
        private final List<Double> first = new ArrayList<>();
        private final List<Double> next = new ArrayList<>();

        void add(Answer answer, boolean right) {
            answers++;
            wrong += right ? 0 : 1;
            tokens += answer.tokens;
            first.add(answer.first);
            next.addAll(answer.next);
        }

        void add(Tally other) {
            answers += other.answers;
            wrong += other.wrong;
            lost += other.lost;
            tokens += other.tokens;
            first.addAll(other.first);
            next.addAll(other.next);
        }
    }

    /// Looks at the memory of this process again and again.
    private static final class MemoryWatch {
        private static final long MILLIS = 250;
        private static final double MIB = 1 << 20;

        private final List<Double> seen = new ArrayList<>();
        private final Thread thread = Thread.ofPlatform().daemon().start(this::watch);

        private void watch() {
            try {
                while (true) {
                    seen.add(PeakMemory.now() / MIB);
                    Thread.sleep(MILLIS);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt(); // that is how it ends
            }
        }

        void stop() throws InterruptedException {
            thread.interrupt();
            thread.join();
        }

        Resident resident() {
            double[] all = numbers(seen);
            int quarter = Math.max(1, all.length / 4);
            return new Resident(
                    percentile(Arrays.copyOf(all, quarter), 0.5),
                    percentile(Arrays.copyOfRange(all, all.length - quarter, all.length), 0.5),
                    percentile(all, 1));
        }
    }
}
