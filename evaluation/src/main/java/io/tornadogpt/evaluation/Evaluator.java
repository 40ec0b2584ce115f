package io.tornadogpt.evaluation;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.sampler.Embedder;
import io.tornadogpt.sampler.EmbedderSettings;
import io.tornadogpt.sampler.GeneratedText;
import io.tornadogpt.sampler.GenerationOptions;
import io.tornadogpt.sampler.Generator;
import io.tornadogpt.sampler.GeneratorSettings;
import io.tornadogpt.sampler.SamplingOptions;
import io.tornadogpt.sampler.TextGenerator;
import io.tornadogpt.tokenizer.Tokenizer;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/// Asks a model the items of tasks.
///
/// ```java
/// var evaluator = Evaluator.open(Path.of("my-model"));
/// Task task = Tasks.named("lambada_openai", Path.of("data"));
/// TaskResult result = evaluator.run(task, TaskOptions.DEFAULT.withLimit(100));
/// System.out.println(result.metric("acc"));
/// ```
///
/// Figures are those of lm-evaluation-harness 0.4.13 with the same items: contexts are cut from the
/// left, a continuation's tokens are those of the whole less those of the context, blanks at a
/// context's end go to the continuation, and special tokens are added as the tokenizer says.
///
/// A model is opened for each task and closed behind it. Used by one thread at a time.
public final class Evaluator {
    private static final int SEQUENCES = 8;

    private final StoredModel stored;
    private final @Nullable Tokenizer tokenizer;
    private final Backend backend;
    private final ExecutionOptions execution;
    private final DType weights;

    /// @param tokenizer null where the model has none; then a task says so
    /// @param weights as what matrices are held
    public Evaluator(
            StoredModel stored,
            @Nullable Tokenizer tokenizer,
            Backend backend,
            ExecutionOptions execution,
            DType weights) {
        this.stored = stored;
        this.tokenizer = tokenizer;
        this.backend = backend;
        this.execution = execution;
        this.weights = weights;
    }

    /// A model directory with its tokenizer, on this machine's processor.
    ///
    /// @throws IOException where files are missing or malformed
    public static Evaluator open(Path directory) throws IOException {
        return new Evaluator(
                StoredModel.open(directory),
                Tokenizer.isIn(directory) ? Tokenizer.load(directory) : null,
                Backends.standard(),
                ExecutionOptions.DEFAULT,
                DType.F32);
    }

    /// Asks the items of a task.
    ///
    /// @throws IllegalArgumentException where the task has no items, or is not for such a model
    /// @throws IOException where files are missing or malformed
    public TaskResult run(Task task, TaskOptions options) throws IOException {
        long start = System.nanoTime();
        List<? extends Item> all = task.items(options);
        List<? extends Item> items =
                options.limit() > 0 && options.limit() < all.size()
                        ? all.subList(0, options.limit())
                        : all;
        if (items.isEmpty()) {
            throw new IllegalArgumentException(
                    "task %s has no items; look at its files".formatted(task.name()));
        }
        Class<?> kind = items.getFirst().getClass();
        for (Item item : items) {
            if (item.getClass() != kind) {
                throw new IllegalArgumentException(
                        "task %s has items of two kinds, %s and %s; make two tasks of them"
                                .formatted(
                                        task.name(),
                                        kind.getSimpleName(),
                                        item.getClass().getSimpleName()));
            }
        }
        var outcome = new Outcome(task.name(), items.size());
        switch (items.getFirst()) {
            case Item.Choice _ -> choices(cast(items, Item.Choice.class), outcome);
            case Item.Continuation _ ->
                    continuations(cast(items, Item.Continuation.class), outcome);
            case Item.Document _ -> documents(cast(items, Item.Document.class), outcome);
            case Item.Question _ -> questions(cast(items, Item.Question.class), outcome);
            case Item.Pair _ -> pairs(cast(items, Item.Pair.class), outcome);
        }
        return outcome.result(task.shots(options), (System.nanoTime() - start) / 1e9);
    }

    private static <T> List<T> cast(List<? extends Item> items, Class<T> type) {
        return items.stream().map(type::cast).toList();
    }

    /// What comes of a task, while it comes.
    private static final class Outcome {
        private final String task;
        private final List<ObjectNode> items = new ArrayList<>();
        private final Map<String, Metric> metrics = new LinkedHashMap<>();
        private final Map<String, Double> baselines = new LinkedHashMap<>();

        Outcome(String task, int count) {
            this.task = task;
            for (int i = 0; i < count; i++) {
                items.add(JsonNodeFactory.instance.objectNode().put("task", task).put("index", i));
            }
        }

        /// The mean of a number that every item has.
        void mean(String name) {
            metrics.put(name, Metric.mean(values(name)));
        }

        double[] values(String name) {
            return items.stream().mapToDouble(item -> item.get(name).asDouble()).toArray();
        }

        TaskResult result(int shots, double seconds) {
            return new TaskResult(task, items.size(), shots, metrics, baselines, items, seconds);
        }
    }

    private void choices(List<Item.Choice> items, Outcome outcome) throws IOException {
        TextPairs pairs = pairs(outcome.task);
        var requests = new ArrayList<ScoreRequest>();
        for (int i = 0; i < items.size(); i++) {
            Item.Choice item = items.get(i);
            for (String ending : item.endings()) {
                requests.add(request(pairs, item.context(), item.delimiter() + ending, outcome, i));
            }
        }
        List<Score> scores = scores(requests);
        int at = 0;
        for (int i = 0; i < items.size(); i++) {
            Item.Choice item = items.get(i);
            List<Score> own = scores.subList(at, at + item.endings().size());
            at += own.size();
            choice(item, own, outcome.items.get(i));
        }
        for (String name : List.of("acc", "acc_norm", "acc_bytes", "acc_token")) {
            outcome.mean(name);
        }
        outcome.baselines.put("chance", average(items, item -> 1.0 / item.endings().size()));
        outcome.baselines.put("longest", average(items, item -> byLength(item, 1)));
        outcome.baselines.put("shortest", average(items, item -> byLength(item, -1)));
    }

    private static void choice(Item.Choice item, List<Score> scores, ObjectNode json) {
        ArrayNode likelihoods = json.putArray("loglikelihoods");
        ArrayNode tokens = json.putArray("tokens");
        double[] sums = new double[scores.size()];
        for (int i = 0; i < sums.length; i++) {
            sums[i] = scores.get(i).logLikelihood();
            likelihoods.add(sums[i]);
            tokens.add(scores.get(i).tokens());
        }
        json.put("gold", item.gold());
        json.put("chosen", largest(sums));
        double[] byCharacter = new double[sums.length];
        double[] byByte = new double[sums.length];
        double[] byToken = new double[sums.length];
        for (int i = 0; i < sums.length; i++) {
            String ending = item.endings().get(i);
            byCharacter[i] = sums[i] / ending.codePointCount(0, ending.length());
            byByte[i] = sums[i] / ending.getBytes(StandardCharsets.UTF_8).length;
            byToken[i] = sums[i] / scores.get(i).tokens();
        }
        json.put("acc", largest(sums) == item.gold() ? 1 : 0);
        json.put("acc_norm", largest(byCharacter) == item.gold() ? 1 : 0);
        json.put("acc_bytes", largest(byByte) == item.gold() ? 1 : 0);
        json.put("acc_token", largest(byToken) == item.gold() ? 1 : 0);
    }

    /// The number of the largest value, of equal ones the first.
    private static int largest(double... values) {
        int best = 0;
        for (int i = 1; i < values.length; i++) {
            if (values[i] > values[best]) {
                best = i;
            }
        }
        return best;
    }

    static double byLength(Item.Choice item, int sign) {
        double[] lengths =
                item.endings().stream()
                        .mapToDouble(e -> sign * (double) e.codePointCount(0, e.length()))
                        .toArray();
        return largest(lengths) == item.gold() ? 1 : 0;
    }

    private static <T> double average(List<T> items, ToDoubleFunction<T> value) {
        return items.stream().mapToDouble(value).average().orElse(Double.NaN);
    }

    private void continuations(List<Item.Continuation> items, Outcome outcome) throws IOException {
        TextPairs pairs = pairs(outcome.task);
        var requests = new ArrayList<ScoreRequest>();
        for (int i = 0; i < items.size(); i++) {
            Item.Continuation item = items.get(i);
            requests.add(request(pairs, item.context(), item.target(), outcome, i));
        }
        List<Score> scores = scores(requests);
        for (int i = 0; i < items.size(); i++) {
            ObjectNode json = outcome.items.get(i);
            json.put("loglikelihood", scores.get(i).logLikelihood());
            json.put("tokens", scores.get(i).tokens());
            json.put("acc", scores.get(i).greedy() ? 1 : 0);
        }
        outcome.mean("acc");
        outcome.metrics.put("perplexity", Metric.perplexity(outcome.values("loglikelihood")));
    }

    private void documents(List<Item.Document> items, Outcome outcome) throws IOException {
        TextPairs pairs = pairs(outcome.task);
        var requests = new ArrayList<ScoreRequest>();
        int[] ends = new int[items.size()];
        for (int i = 0; i < ends.length; i++) {
            requests.addAll(pairs.windows(items.get(i).text(), stored.config().context()));
            ends[i] = requests.size();
        }
        List<Score> scores = scores(requests);
        double sum = 0;
        double words = 0;
        double bytes = 0;
        for (int i = 0; i < ends.length; i++) {
            Score whole =
                    scores.subList(i == 0 ? 0 : ends[i - 1], ends[i]).stream()
                            .reduce(new Score(0, true, 0), Score::plus);
            ObjectNode json = outcome.items.get(i);
            json.put("loglikelihood", whole.logLikelihood());
            json.put("tokens", whole.tokens());
            json.put("words", items.get(i).words());
            json.put("bytes", items.get(i).bytes());
            sum += whole.logLikelihood();
            words += items.get(i).words();
            bytes += items.get(i).bytes();
        }
        outcome.metrics.put("bits_per_byte", Metric.plain(-sum / bytes / Math.log(2)));
        outcome.metrics.put("byte_perplexity", Metric.plain(Math.exp(-sum / bytes)));
        outcome.metrics.put("word_perplexity", Metric.plain(Math.exp(-sum / words)));
    }

    private void questions(List<Item.Question> items, Outcome outcome) throws IOException {
        Tokenizer known = requireTokenizer(outcome.task);
        Model model = stored.model().withWeights(weights);
        Answering how = items.getFirst().how();
        if (how.maxNewTokens() >= model.context()) {
            throw new IllegalArgumentException(
                    "task %s asks for answers of up to %d tokens, but the model sees %d in all, so there is no room for a question; use a model with a longer context"
                            .formatted(outcome.task, how.maxNewTokens(), model.context()));
        }
        int room = model.context() - how.maxNewTokens();
        TextPairs pairs = pairs(outcome.task);
        var prompts = new ArrayList<int[]>();
        for (Item.Question item : items) {
            int[] ids = pairs.encode(item.prompt());
            prompts.add(Arrays.copyOfRange(ids, Math.max(0, ids.length - room), ids.length));
        }
        var settings = new GeneratorSettings(Math.min(SEQUENCES, items.size()), execution);
        var options =
                new GenerationOptions(
                        SamplingOptions.UNCHANGED.withTemperature(0), how.maxNewTokens(), 0);
        List<GeneratedText> answers;
        try (var generator =
                Generator.open(backend, model, settings, session -> stored.load(model, session))) {
            answers =
                    new TextGenerator(generator, known)
                            .stoppingAt(how.until())
                            .generate(prompts, options, (sequence, text) -> true);
        }
        for (int i = 0; i < items.size(); i++) {
            ObjectNode json = outcome.items.get(i);
            String answer = answer(known, answers.get(i), how.until());
            json.put("answer", answer);
            json.put("gold", items.get(i).answer());
            for (Grader grader : how.graders()) {
                boolean right = grader.isRight(answer, items.get(i).answer());
                json.put("extracted_" + grader.metric(), grader.extracted(answer));
                json.put(grader.metric(), right ? 1 : 0);
            }
        }
        how.graders().forEach(grader -> outcome.mean(grader.metric()));
    }

    /// The text of an answer, up to the first of the texts that end it. Special tokens are no part
    /// of it, as in the harness.
    private static String answer(Tokenizer tokenizer, GeneratedText text, List<String> until) {
        String answer = tokenizer.decodeWithoutSpecialTokens(text.generation().tokens());
        for (String end : until) {
            int at = answer.indexOf(end);
            answer = at < 0 ? answer : answer.substring(0, at);
        }
        return answer;
    }

    private void pairs(List<Item.Pair> items, Outcome outcome) throws IOException {
        Tokenizer known = requireTokenizer(outcome.task);
        Model model = stored.model().withWeights(weights);
        var texts = new ArrayList<String>();
        items.forEach(item -> texts.addAll(List.of(item.first(), item.second())));
        var settings = EmbedderSettings.DEFAULT.withExecution(execution);
        List<float[]> vectors;
        try (var embedder =
                Embedder.open(
                        backend, model, known, settings, session -> stored.load(model, session))) {
            vectors = embedder.embed(texts);
        }
        for (int i = 0; i < items.size(); i++) {
            ObjectNode json = outcome.items.get(i);
            json.put("cosine", Embedder.cosine(vectors.get(2 * i), vectors.get(2 * i + 1)));
            json.put("score", items.get(i).score());
        }
        double[] ours = outcome.values("cosine");
        double[] theirs = outcome.values("score");
        outcome.metrics.put(
                "spearman", Metric.correlation(Correlation.spearman(ours, theirs), ours.length));
        outcome.metrics.put(
                "pearson", Metric.correlation(Correlation.pearson(ours, theirs), ours.length));
        outcome.baselines.put("chance", 0.0);
    }

    private List<Score> scores(List<ScoreRequest> requests) throws IOException {
        return Likelihoods.of(stored, weights, backend, execution, requests);
    }

    /// A request that the model can answer.
    private ScoreRequest request(
            TextPairs pairs, String context, String continuation, Outcome outcome, int item) {
        ScoreRequest request = pairs.pair(context, continuation);
        int positions = stored.config().context();
        if (request.continuationLength() > positions) {
            throw new IllegalArgumentException(
                    "item %d of task %s has an ending of %d tokens, but the model sees %d; use a model with a longer context, or leave the item out"
                            .formatted(
                                    item, outcome.task, request.continuationLength(), positions));
        }
        return request.cut(positions);
    }

    private TextPairs pairs(String task) {
        if (!stored.config().architecture().attention().causal()) {
            throw new IllegalArgumentException(
                    "%s is a %s model, which sees the whole text, so task %s, which asks what comes next, is not for it; use a task that compares texts, such as stsb"
                            .formatted(stored.path(), stored.config().family().modelType(), task));
        }
        return new TextPairs(requireTokenizer(task), stored.config().vocabulary());
    }

    private Tokenizer requireTokenizer(String task) {
        if (tokenizer == null) {
            throw new IllegalArgumentException(
                    "%s has no tokenizer, which task %s needs; put the model's tokenizer.json beside its weights"
                            .formatted(stored.path(), task));
        }
        return tokenizer;
    }
}
