package io.tornadogpt.server.http;

import io.tornadogpt.sampler.engine.EngineStats;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToLongFunction;

/// What a server has done, in Prometheus' text. May be used by any thread.
public final class Metrics {
    private record Answer(String path, int status) {}

    private final Map<Answer, LongAdder> answers = new ConcurrentHashMap<>();
    private final Histogram firstToken =
            new Histogram(
                    "tornadogpt_time_to_first_token_seconds", "From a request to its first token.");
    private final Histogram betweenTokens =
            new Histogram(
                    "tornadogpt_time_between_tokens_seconds",
                    "From one token of a text to the next.");
    private final Histogram requests =
            new Histogram("tornadogpt_request_seconds", "From a request to the end of its answer.");

    /// Counts an answer.
    ///
    /// @param path one of those that there are, never what a client made up
    /// @param status 0 where the client was gone first
    /// @param duration in nanoseconds
    public void answered(String path, int status, long duration) {
        answers.computeIfAbsent(new Answer(path, status), a -> new LongAdder()).increment();
        requests.add(duration);
    }

    /// From a request to its first token.
    public Histogram firstToken() {
        return firstToken;
    }

    /// From one token to the next.
    public Histogram betweenTokens() {
        return betweenTokens;
    }

    /// All that was counted.
    ///
    /// @param engines by the names of their models
    public String text(Map<String, EngineStats> engines) {
        var out = new StringBuilder();
        head(out, "tornadogpt_answers_total", "counter", "Answers by path and status.");
        var sorted = new TreeMap<String, Long>();
        answers.forEach(
                (answer, count) ->
                        sorted.put(
                                "{path=\"%s\",status=\"%d\"}"
                                        .formatted(answer.path(), answer.status()),
                                count.sum()));
        sorted.forEach(
                (labels, count) ->
                        out.append("tornadogpt_answers_total%s %d\n".formatted(labels, count)));
        gauge(out, engines, "active_requests", "Requests that have a slot.", EngineStats::active);
        gauge(out, engines, "waiting_requests", "Requests without one.", EngineStats::waiting);
        counter(out, engines, "requests_total", "Requests that ended.", EngineStats::finished);
        counter(
                out,
                engines,
                "failed_requests_total",
                "Requests that failed.",
                EngineStats::failed);
        counter(
                out,
                engines,
                "refused_requests_total",
                "Requests that the queue had no room for.",
                EngineStats::refused);
        counter(
                out,
                engines,
                "prompt_tokens_total",
                "Tokens of prompts.",
                EngineStats::promptTokens);
        counter(
                out,
                engines,
                "kept_prompt_tokens_total",
                "Tokens of prompts that the cache held.",
                EngineStats::keptTokens);
        counter(
                out,
                engines,
                "generated_tokens_total",
                "Tokens that were generated.",
                EngineStats::generatedTokens);
        firstToken.write(out);
        betweenTokens.write(out);
        requests.write(out);
        return out.toString();
    }

    private static void head(StringBuilder out, String name, String type, String help) {
        out.append("# HELP %s %s\n# TYPE %s %s\n".formatted(name, help, name, type));
    }

    private static void gauge(
            StringBuilder out,
            Map<String, EngineStats> engines,
            String name,
            String help,
            ToLongFunction<EngineStats> value) {
        values(out, engines, "tornadogpt_" + name, "gauge", help, value);
    }

    private static void counter(
            StringBuilder out,
            Map<String, EngineStats> engines,
            String name,
            String help,
            ToLongFunction<EngineStats> value) {
        values(out, engines, "tornadogpt_" + name, "counter", help, value);
    }

    private static void values(
            StringBuilder out,
            Map<String, EngineStats> engines,
            String name,
            String type,
            String help,
            ToLongFunction<EngineStats> value) {
        head(out, name, type, help);
        engines.forEach(
                (model, stats) ->
                        out.append(
                                "%s{model=\"%s\"} %d\n"
                                        .formatted(
                                                name,
                                                model.replace("\\", "\\\\")
                                                        .replace("\"", "\\\"")
                                                        .replace("\n", "\\n"),
                                                value.applyAsLong(stats))));
    }
}
