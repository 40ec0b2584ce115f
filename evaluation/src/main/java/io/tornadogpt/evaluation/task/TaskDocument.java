package io.tornadogpt.evaluation.task;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;

import io.tornadogpt.evaluation.Answering;
import io.tornadogpt.evaluation.EvaluationFileException;
import io.tornadogpt.evaluation.Grader;
import io.tornadogpt.evaluation.Item;
import io.tornadogpt.evaluation.Task;
import io.tornadogpt.evaluation.TaskOptions;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// A task that stands in a JSON file:
///
/// ```json
/// {
///   "name": "capitals",
///   "kind": "choice",
///   "context": "Question: What is the capital of {country}?\nAnswer:",
///   "items": [
///     {"country": "France", "endings": ["Paris", "Rome"], "answer": 0}
///   ]
/// }
/// ```
///
/// A name in braces stands for that text of the item. `file` names a file of JSON lines beside the
/// task in place of `items`. Kinds and what their items need:
///
/// | kind | of an item | other keys of the task |
/// | --- | --- | --- |
/// | `choice` | `endings`, `answer` (a number from 0) | `context`, `delimiter` |
/// | `pair` | `good`, `bad` | |
/// | `continuation` | `target` | `context` |
/// | `answer` | `answer` | `context`, `until`, `maxNewTokens`, `extract`, `ignoreCase` |
/// | `text` | `text` | |
/// | `similarity` | `first`, `second`, `score` | |
final class TaskDocument {
    private static final JsonMapper JSON =
            JsonMapper.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                    .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
                    .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
                    .build();

    private static final List<String> KINDS =
            List.of("choice", "pair", "continuation", "answer", "text", "similarity");

    private static final int LONGEST_ANSWER = 64;
    private static final Pattern FIELD = Pattern.compile("\\{(\\w+)}");

    private final Path path;
    private final Content content;

    /// What the file says.
    ///
    /// @param shots examples before a question where nothing else is asked for
    record Content(
            @JsonProperty(required = true) String name,
            @JsonProperty(required = true) String kind,
            @Nullable String context,
            @Nullable String delimiter,
            @Nullable Integer shots,
            @Nullable List<String> until,
            @Nullable Integer maxNewTokens,
            @Nullable String extract,
            @Nullable Boolean ignoreCase,
            @Nullable List<JsonNode> items,
            @Nullable String file) {}

    private TaskDocument(Path path, Content content) {
        this.path = path;
        this.content = content;
    }

    /// Reads a task and its items, so that what is wrong with them is said at once.
    ///
    /// @throws EvaluationFileException naming the key or the item that is wrong
    static Task read(Path path) throws IOException {
        if (!Files.isRegularFile(path)) {
            throw new EvaluationFileException(
                    path, "the task", "is not there", "check the path, or name a built-in task");
        }
        Content content;
        try {
            content = JSON.readValue(Files.readAllBytes(path), Content.class);
        } catch (JsonProcessingException e) {
            String reason = e.getOriginalMessage().lines().findFirst().orElse("");
            throw new EvaluationFileException(
                    path,
                    "the task",
                    "is not as expected (" + reason + ")",
                    "correct it; docs/evaluation.md lists the keys",
                    e);
        }
        var document = new TaskDocument(path, content);
        return document.task();
    }

    private Task task() throws IOException {
        if (!content.name.matches("[\\w.-]+")) {
            throw wrong("name", "is not of letters, digits, '_', '-' and '.'");
        }
        if (!KINDS.contains(content.kind)) {
            throw wrong(
                    "kind",
                    "is '%s'; expected one of %s"
                            .formatted(content.kind, String.join(", ", KINDS)));
        }
        if ((content.items == null) == (content.file == null)) {
            throw wrong("items", "and file: expected one of the two");
        }
        var items = new ArrayList<Item>();
        var solved = new ArrayList<String>();
        Optional<Answering> how =
                content.kind.equals("answer") ? Optional.of(answering()) : Optional.empty();
        int number = 0;
        for (JsonNode node : nodes()) {
            number++;
            Item item = item(node, number, how);
            items.add(item);
            solved.add(solved(item));
        }
        if (items.isEmpty()) {
            throw wrong("items", "are none");
        }
        boolean examples = List.of("choice", "continuation", "answer").contains(content.kind);
        return new Stored(
                content.name,
                examples ? Objects.requireNonNullElse(content.shots, 0) : 0,
                examples,
                items,
                solved);
    }

    private Answering answering() throws IOException {
        Grader exact = Grader.exact();
        try {
            Pattern extract =
                    content.extract == null ? exact.extract() : Pattern.compile(content.extract);
            return new Answering(
                    Objects.requireNonNullElse(content.until, List.of("\n")),
                    Objects.requireNonNullElse(content.maxNewTokens, LONGEST_ANSWER),
                    List.of(
                            new Grader(
                                    exact.metric(),
                                    extract,
                                    false,
                                    List.of(),
                                    Objects.requireNonNullElse(content.ignoreCase, false))));
        } catch (PatternSyntaxException e) {
            throw wrong("extract", "is no regular expression (%s)".formatted(e.getDescription()));
        } catch (IllegalArgumentException e) {
            throw wrong("until or maxNewTokens", "cannot be: " + e.getMessage());
        }
    }

    private List<JsonNode> nodes() throws IOException {
        if (content.items != null) {
            return content.items;
        }
        Path file = path.resolveSibling(Objects.requireNonNull(content.file));
        if (!Files.isRegularFile(file)) {
            throw new EvaluationFileException(
                    file, "the file", "is not there", "correct 'file' in " + path.getFileName());
        }
        return TaskFiles.objects(file, TaskFiles.text(file));
    }

    private Item item(JsonNode node, int number, Optional<Answering> how) throws IOException {
        try {
            return switch (content.kind) {
                case "choice" ->
                        new Item.Choice(
                                context(node, number),
                                Objects.requireNonNullElse(content.delimiter, " "),
                                strings(node, number, "endings"),
                                whole(node, number, "answer"));
                case "pair" ->
                        new Item.Choice(
                                "",
                                Objects.requireNonNullElse(content.delimiter, " "),
                                List.of(string(node, number, "good"), string(node, number, "bad")),
                                0);
                case "continuation" ->
                        new Item.Continuation(
                                context(node, number), string(node, number, "target"));
                case "answer" ->
                        new Item.Question(
                                context(node, number),
                                string(node, number, "answer"),
                                how.orElseThrow());
                case "text" -> document(string(node, number, "text"));
                default ->
                        new Item.Pair(
                                string(node, number, "first"),
                                string(node, number, "second"),
                                number(node, number, "score"));
            };
        } catch (IllegalArgumentException e) {
            throw wrong("item " + number, "cannot be asked: " + e.getMessage());
        }
    }

    private static Item document(String text) {
        return new Item.Document(
                text,
                Math.max(1, text.strip().split("\\s+").length),
                text.getBytes(StandardCharsets.UTF_8).length);
    }

    /// A question with its answer, as an example.
    private String solved(Item item) {
        return switch (item) {
            case Item.Choice c -> c.context() + c.delimiter() + c.endings().get(c.gold()) + "\n\n";
            case Item.Continuation c -> c.context() + c.target() + "\n\n";
            case Item.Question q -> q.prompt() + " " + q.answer() + "\n\n";
            case Item.Document _, Item.Pair _ -> "";
        };
    }

    private String context(JsonNode node, int number) throws IOException {
        if (content.context == null) {
            return node.has("context") ? string(node, number, "context") : "";
        }
        var text = new StringBuilder();
        var matcher = FIELD.matcher(content.context);
        int from = 0;
        while (matcher.find()) {
            text.append(content.context, from, matcher.start());
            text.append(string(node, number, matcher.group(1)));
            from = matcher.end();
        }
        return text.append(content.context.substring(from)).toString();
    }

    private String string(JsonNode node, int number, String key) throws IOException {
        JsonNode value = node.path(key);
        if (!value.isTextual()) {
            throw wrong("item " + number, "has no text '%s'".formatted(key));
        }
        return value.asText();
    }

    private List<String> strings(JsonNode node, int number, String key) throws IOException {
        var texts = new ArrayList<String>();
        for (JsonNode value : node.path(key)) {
            if (!value.isTextual()) {
                throw wrong("item " + number, "has '%s' that are no texts".formatted(key));
            }
            texts.add(value.asText());
        }
        return texts;
    }

    private int whole(JsonNode node, int number, String key) throws IOException {
        if (!node.path(key).isInt()) {
            throw wrong("item " + number, "has no whole number '%s'".formatted(key));
        }
        return node.path(key).asInt();
    }

    private double number(JsonNode node, int number, String key) throws IOException {
        if (!node.path(key).isNumber()) {
            throw wrong("item " + number, "has no number '%s'".formatted(key));
        }
        return node.path(key).asDouble();
    }

    private EvaluationFileException wrong(String field, String problem) {
        return new EvaluationFileException(path, field, problem, "correct it");
    }

    /// A task whose items were read.
    private record Stored(
            String name, int usualShots, boolean examples, List<Item> items, List<String> solved)
            implements Task {
        @Override
        public int shots(TaskOptions options) {
            return examples ? options.shots().orElse(usualShots) : 0;
        }

        @Override
        public List<Item> items(TaskOptions options) {
            var before = Examples.ofThese(name, solved, shots(options), options.seed());
            var asked = new ArrayList<Item>();
            for (int i = 0; i < Prompts.count(items, options); i++) {
                String examplesBefore = before.before(i);
                asked.add(
                        switch (items.get(i)) {
                            case Item.Choice c when !c.context().isEmpty() ->
                                    new Item.Choice(
                                            examplesBefore + c.context(),
                                            c.delimiter(),
                                            c.endings(),
                                            c.gold());
                            case Item.Continuation c ->
                                    new Item.Continuation(examplesBefore + c.context(), c.target());
                            case Item.Question q ->
                                    new Item.Question(
                                            examplesBefore + q.prompt(), q.answer(), q.how());
                            case Item item -> item;
                        });
            }
            return asked;
        }
    }
}
