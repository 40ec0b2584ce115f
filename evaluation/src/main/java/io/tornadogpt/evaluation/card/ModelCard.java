package io.tornadogpt.evaluation.card;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import io.tornadogpt.core.files.AtomicFile;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.ModelConfig;
import io.tornadogpt.core.model.arch.Architecture;
import io.tornadogpt.evaluation.EvaluationFileException;
import io.tornadogpt.evaluation.Results;
import io.tornadogpt.evaluation.bias.BiasReport;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.data.TokenFileInfo;
import io.tornadogpt.trainer.loop.ModelFlops;
import io.tornadogpt.trainer.metrics.RunStart;
import io.tornadogpt.trainer.metrics.StepLog;
import io.tornadogpt.trainer.metrics.StepMetrics;
import io.tornadogpt.trainer.run.RunDirectory;
import io.tornadogpt.trainer.run.RunOrigin;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/// The card of a model: `README.md` with the header that Hugging Face's hub reads, and a picture of
/// its losses beside it. All figures come from the files of the run that trained it; of a model
/// without a run it says what its configuration says.
///
/// Of paths only their last names are told, and nothing of the machine but the device and its
/// threads, unless [CardSettings#machine] asks for it.
///
/// Immutable, so that threads may share it.
public final class ModelCard {
    /// The file's name, which the hub shows.
    public static final String FILE = "README.md";

    private static final String PICTURE = "loss.svg";
    private static final String CURATION = "manifest.json";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final double SECONDS_AN_HOUR = 3600;

    private final CardSettings settings;
    private final ModelConfig config;
    private final @Nullable Tokenizer tokenizer;
    private final Map<String, String> options = new LinkedHashMap<>();
    private final List<StepMetrics> steps = new ArrayList<>();
    private final List<RunStart> starts = new ArrayList<>();
    private final Map<String, TokenFileInfo> tokens = new LinkedHashMap<>();
    private final Map<String, JsonNode> results = new LinkedHashMap<>();
    private final List<BiasReport> probes = new ArrayList<>();
    private final @Nullable RunOrigin origin;
    private final @Nullable JsonNode curation;

    private ModelCard(
            CardSettings settings,
            ModelConfig config,
            @Nullable Tokenizer tokenizer,
            @Nullable RunDirectory run)
            throws IOException {
        this.settings = settings;
        this.config = config;
        this.tokenizer = tokenizer;
        boolean begun = run != null && Files.exists(run.origin());
        origin = run != null && begun ? RunOrigin.read(run) : null;
        curation = origin == null ? null : curation(origin);
        if (run != null) {
            read(run);
        }
    }

    /// The card of a model that a run trained.
    ///
    /// @throws IOException where a file of the run is not as a run writes it
    public static ModelCard of(
            CardSettings settings,
            ModelConfig config,
            @Nullable Tokenizer tokenizer,
            RunDirectory run)
            throws IOException {
        return new ModelCard(settings, config, tokenizer, run);
    }

    /// The card of a model of which no run is known.
    public static ModelCard of(
            CardSettings settings, ModelConfig config, @Nullable Tokenizer tokenizer) {
        try {
            return new ModelCard(settings, config, tokenizer, null);
        } catch (IOException e) {
            throw new IllegalStateException("no file was read", e);
        }
    }

    private void read(RunDirectory run) throws IOException {
        if (Files.exists(run.settings())) {
            flatten("", json(run.settings()), options);
        }
        if (Files.exists(run.metrics())) {
            steps.addAll(StepLog.read(run.metrics(), StepMetrics.class));
        }
        if (Files.exists(run.starts())) {
            starts.addAll(StepLog.read(run.starts(), RunStart.class));
        }
        Path evaluation = run.path().resolve(Results.FILE);
        if (Files.exists(evaluation)) {
            results.putAll(Results.read(evaluation));
        }
        probes.addAll(BiasReport.read(run.path().resolve(BiasReport.FILE)));
        if (Files.isDirectory(run.data())) {
            try (Stream<Path> files = Files.list(run.data())) {
                for (Path file :
                        files.filter(f -> f.toString().endsWith(".bin")).sorted().toList()) {
                    TokenFileInfo info = TokenFileInfo.read(file);
                    if (info != null) {
                        tokens.put(file.getFileName().toString(), info);
                    }
                }
            }
        }
    }

    private static JsonNode json(Path file) throws IOException {
        try {
            return JSON.readTree(Files.readAllBytes(file));
        } catch (JsonProcessingException e) {
            throw new EvaluationFileException(
                    file, "the file", "is no JSON", "correct or remove it", e);
        }
    }

    /// What curation left beside the data, where it is still there.
    private static @Nullable JsonNode curation(RunOrigin origin) throws IOException {
        try {
            Path source = Path.of(origin.source());
            Path folder = Files.isDirectory(source) ? source : source.getParent();
            for (int up = 0; up < 2 && folder != null; up++, folder = folder.getParent()) {
                Path manifest = folder.resolve(CURATION);
                if (Files.isRegularFile(manifest)) {
                    JsonNode json = json(manifest);
                    return json.has("recipeSha256") ? json : null;
                }
            }
        } catch (InvalidPathException _) {
            return null; // what stood in for a path
        }
        return null;
    }

    private static void flatten(String prefix, JsonNode node, Map<String, String> flat) {
        if (!node.isObject()) {
            flat.put(prefix, node.asText());
            return;
        }
        for (Map.Entry<String, JsonNode> field : node.properties()) {
            String key = prefix.isEmpty() ? field.getKey() : prefix + "." + field.getKey();
            flatten(key, field.getValue(), flat);
        }
    }

    /// Writes the card into a directory, and the picture that it shows.
    public void write(Path directory) throws IOException {
        if (!steps.isEmpty()) {
            String svg = new LossCurve(steps).svg();
            AtomicFile.write(directory.resolve(PICTURE), svg.getBytes(StandardCharsets.UTF_8));
        }
        AtomicFile.write(directory.resolve(FILE), markdown().getBytes(StandardCharsets.UTF_8));
    }

    /// The card.
    public String markdown() {
        var card = new Markdown();
        card.paragraph(header());
        card.heading(1, settings.name());
        card.paragraph(summary());
        use(card);
        data(card);
        tokenizer(card);
        training(card);
        evaluation(card);
        bias(card);
        compute(card);
        card.heading(2, "Licence");
        card.paragraph(
                settings.license().equals("unknown")
                        ? "Nobody said under which licence this model may be used. Ask whoever made"
                                + " it."
                        : "`%s`, as whoever made this card said.".formatted(settings.license()));
        return card.toString();
    }

    private boolean causal() {
        return config.architecture().attention().causal();
    }

    private String header() {
        var yaml = new StringBuilder("---\n");
        yaml.append("license: ").append(settings.license()).append('\n');
        yaml.append("library_name: transformers\n");
        yaml.append("pipeline_tag: ")
                .append(causal() ? "text-generation" : "fill-mask")
                .append('\n');
        yaml.append("tags:\n- tornadogpt\n- ").append(config.family().modelType()).append('\n');
        var metrics = new StringBuilder();
        results.forEach((task, result) -> index(metrics, task, result));
        if (!metrics.isEmpty()) {
            yaml.append("model-index:\n- name: ").append(Markdown.yaml(settings.name()));
            yaml.append("\n  results:\n").append(metrics);
        }
        return yaml.append("---").toString();
    }

    private static void index(StringBuilder yaml, String task, JsonNode result) {
        yaml.append("  - task:\n      type: text-generation\n    dataset:\n      type: ");
        yaml.append(Markdown.yaml(task)).append("\n      name: ").append(Markdown.yaml(task));
        yaml.append("\n    metrics:\n");
        figures(result)
                .forEach(
                        (name, value) ->
                                yaml.append(
                                        "    - type: %s\n      value: %s\n"
                                                .formatted(name, value)));
    }

    /// The figures of a task: what has no error of its own name, and is no count or bar.
    private static Map<String, Double> figures(JsonNode result) {
        var figures = new LinkedHashMap<String, Double>();
        for (Map.Entry<String, JsonNode> field : result.properties()) {
            String name = field.getKey();
            boolean other =
                    name.endsWith("_stderr")
                            || List.of("n", "shots", "chance", "longest", "shortest")
                                    .contains(name);
            if (!other && field.getValue().isNumber()) {
                figures.put(name, field.getValue().asDouble());
            }
        }
        return figures;
    }

    private String summary() {
        Architecture a = config.architecture();
        long parameters = new Model(config).parameterCount();
        return "A %s model of %s parameters: %d layers, %d heads, %d channels, a context of %s tokens and a vocabulary of %s, trained with TornadoGPT. `transformers` opens this directory."
                .formatted(
                        Markdown.plain(config.family().modelType()),
                        count(parameters),
                        a.layers(),
                        a.attention().heads(),
                        a.width(),
                        count(a.context()),
                        count(a.vocabulary()));
    }

    private void use(Markdown card) {
        card.heading(2, "Intended use");
        card.paragraph(
                origin == null
                        ? "Nothing is known here of what the model was trained for."
                        : "Study and experiments with %s. Whoever made the model may say more here."
                                .formatted(
                                        causal()
                                                ? "text like that which it was trained on"
                                                : "the representation of text like that which it"
                                                        + " was trained on"));
        card.heading(2, "Limits");
        var limits = new ArrayList<String>();
        limits.add(
                "It sees %s tokens at a time and knows nothing of what came before them."
                        .formatted(count(config.context())));
        limits.add(
                "It repeats what its data says and how its data says it, errors and prejudice"
                        + " included; nothing was done against that here.");
        limits.add("What it writes can be false, however sure it sounds.");
        if (results.isEmpty()) {
            limits.add("It was not evaluated on any task.");
        }
        card.points(limits);
    }

    private void data(Markdown card) {
        card.heading(2, "Training data");
        if (origin == null) {
            card.paragraph("No run is known, so nothing is known of the data.");
            return;
        }
        card.paragraph("Source: `%s`.".formatted(path(origin.source()).replace('`', '\'')));
        String start = origin.initFrom();
        if (start != null) {
            card.paragraph("Training began from `%s`.".formatted(path(start).replace('`', '\'')));
        }
        var rows = new ArrayList<List<String>>();
        tokens.forEach(
                (name, info) -> {
                    Long bytes = info.textBytes();
                    rows.add(
                            List.of(
                                    name,
                                    count(info.count()),
                                    bytes == null ? "" : count(bytes),
                                    info.sha256().hex()));
                });
        if (!rows.isEmpty()) {
            card.table(List.of("file", "tokens", "bytes of text", "SHA-256"), rows);
        }
        if (curation != null) {
            card.paragraph(
                    "The text was curated by the recipe %s (SHA-256 %s): of %s documents, %s are for training, %s are held out and %s were removed."
                            .formatted(
                                    Markdown.plain(curation.path("recipe").asText()),
                                    Markdown.plain(curation.path("recipeSha256").asText()),
                                    count(curation.at("/input/documents").asLong()),
                                    count(curation.at("/documents/train").asLong()),
                                    count(curation.at("/documents/heldOut").asLong()),
                                    count(curation.at("/documents/removed").asLong())));
        }
    }

    private void tokenizer(Markdown card) {
        card.heading(2, "Tokenizer");
        card.paragraph(
                tokenizer == null
                        ? "None came with the model."
                        : "%s, %s tokens."
                                .formatted(
                                        Markdown.plain(tokenizer.kind()),
                                        count(tokenizer.vocabularySize())));
    }

    private void training(Markdown card) {
        if (options.isEmpty() && steps.isEmpty()) {
            return;
        }
        card.heading(2, "Training");
        if (!steps.isEmpty()) {
            StepMetrics last = steps.getLast();
            var text = new StringBuilder();
            text.append(
                    "%s steps; the last one's loss is %s nats a token."
                            .formatted(count(last.step()), figure(last.loss())));
            steps.stream()
                    .filter(s -> s.valLoss() != null && Double.isFinite(s.valLoss()))
                    .min(Comparator.comparingDouble(ModelCard::validation))
                    .ifPresent(
                            best ->
                                    text.append(
                                            " The lowest validation loss is %s, at step %s."
                                                    .formatted(
                                                            figure(validation(best)),
                                                            count(best.step()))));
            card.paragraph(text.toString());
            card.paragraph("![Training and validation loss by step](" + PICTURE + ")");
            card.table(
                    List.of("step", "loss", "validation loss"),
                    new LossCurve(steps)
                            .listed().stream()
                                    .map(
                                            s ->
                                                    List.of(
                                                            count(s.step()),
                                                            figure(s.loss()),
                                                            s.valLoss() == null
                                                                    ? ""
                                                                    : figure(validation(s))))
                                    .toList());
        }
        if (!options.isEmpty()) {
            card.heading(3, "Settings");
            card.table(
                    List.of("setting", "value"),
                    options.entrySet().stream()
                            .map(e -> List.of(e.getKey(), setting(e.getValue())))
                            .toList());
        }
    }

    private static double validation(StepMetrics step) {
        Double loss = step.valLoss();
        return loss == null ? Double.NaN : loss;
    }

    private void evaluation(Markdown card) {
        if (results.isEmpty()) {
            return;
        }
        card.heading(2, "Evaluation");
        var rows = new ArrayList<List<String>>();
        results.forEach(
                (task, result) ->
                        figures(result)
                                .forEach(
                                        (name, value) -> {
                                            JsonNode error = result.get(name + "_stderr");
                                            JsonNode chance = result.get("chance");
                                            rows.add(
                                                    List.of(
                                                            task,
                                                            count(result.path("n").asLong()),
                                                            result.path("shots").asText(),
                                                            name,
                                                            figure(value),
                                                            error == null
                                                                    ? ""
                                                                    : figure(error.asDouble()),
                                                            chance == null
                                                                            || !name.startsWith(
                                                                                    "acc")
                                                                    ? ""
                                                                    : figure(chance.asDouble())));
                                        }));
        card.table(
                List.of("task", "items", "shots", "metric", "value", "standard error", "chance"),
                rows);
        card.paragraph(
                "Tasks, metrics and their definitions are those of lm-evaluation-harness 0.4.13.");
    }

    private void bias(Markdown card) {
        if (probes.isEmpty()) {
            return;
        }
        card.heading(2, "Groups compared");
        card.paragraph(
                "How much likelier the model finds texts of one group than the same texts of"
                        + " another: the mean natural logarithm of the ratio, its standard error,"
                        + " and the share of texts that are likelier. The texts are those of"
                        + " whoever made this card; what the figures mean is not judged here.");
        for (BiasReport probe : probes) {
            card.heading(3, probe.table().caption());
            card.table(probe.table().columns(), probe.table().rows());
        }
    }

    private void compute(Markdown card) {
        double trained = steps.stream().mapToDouble(this::tokensOf).sum();
        double seconds = steps.stream().mapToDouble(s -> tokensOf(s) / s.tokensPerSecond()).sum();
        if (!(trained > 0) || !Double.isFinite(seconds) || starts.isEmpty()) {
            return;
        }
        RunStart last = starts.getLast();
        int positions = (int) number("train.blockSize");
        double flops = new ModelFlops(config, Math.max(1, positions)).training() * trained;
        double hours = seconds / SECONDS_AN_HOUR;
        double kilowattHours = hours * last.threads() * settings.wattsPerThread() / 1000;
        card.heading(2, "Compute");
        card.table(
                List.of("", ""),
                List.of(
                        List.of("device", last.device()),
                        List.of("threads", Integer.toString(last.threads())),
                        List.of("tokens trained on", count(Math.round(trained))),
                        List.of("floating-point operations", scientific(flops)),
                        List.of("hours in training steps", figure(hours)),
                        List.of("energy, estimated", scientific(kilowattHours) + " kWh"),
                        List.of(
                                "CO2, estimated",
                                scientific(kilowattHours * settings.gramsPerKilowattHour())
                                        + " g")));
        card.paragraph(
                "Operations are those of matrix products, three forward passes a token. Energy is hours x threads x %s W a thread, and CO2 is energy x %s g a kilowatt-hour%s; neither was measured."
                        .formatted(
                                figure(settings.wattsPerThread()),
                                figure(settings.gramsPerKilowattHour()),
                                settings.gramsPerKilowattHour() == CardSettings.USUAL_GRAMS
                                        ? " (the world's mean in 2023 by Ember)"
                                        : ""));
        if (settings.machine()) {
            card.paragraph(
                    "Machine: %s, %s processors, %s of memory, %s, Java %s."
                            .formatted(
                                    Markdown.plain(String.valueOf(last.processor())),
                                    last.processors(),
                                    count(last.memory()) + " bytes",
                                    Markdown.plain(last.system()),
                                    Markdown.plain(last.java())));
        }
    }

    private double tokensOf(StepMetrics step) {
        Long own = step.tokens();
        return own != null
                ? own
                : number("train.batchSize")
                        * number("train.blockSize")
                        * number("train.gradAccumulation");
    }

    private double number(String key) {
        String value = options.getOrDefault(key, "");
        return value.matches("\\d{1,9}") ? Double.parseDouble(value) : 0;
    }

    /// A path, or its last name alone.
    private String path(String path) {
        if (settings.machine()) {
            return path;
        }
        String[] names = path.split("[/\\\\]+");
        return names.length == 0 ? path : names[names.length - 1];
    }

    /// The value of a setting, of which a path is told by its last name.
    private String setting(String value) {
        boolean whole = value.startsWith("/") || value.matches("[A-Za-z]:\\\\.*");
        return whole ? path(value) : value;
    }

    private static String count(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    private static String figure(double value) {
        String text = String.format(Locale.ROOT, "%.4f", value);
        return text.contains(".") ? text.replaceFirst("\\.?0+$", "") : text;
    }

    private static String scientific(double value) {
        return String.format(Locale.ROOT, "%.2e", value);
    }
}
