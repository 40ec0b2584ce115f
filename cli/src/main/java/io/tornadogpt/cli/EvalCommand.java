package io.tornadogpt.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.model.ModelConfig;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.trainer.data.LoadedText;
import io.tornadogpt.trainer.loop.TextLoss;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// Measures a model on a text, or asks models the items of tasks.
@Command(
        name = "eval",
        description = {
            "Measures how well a model predicts a whole text, which is cut into windows as long as"
                    + " the model's block (--data), what it makes of tasks (--tasks), by the"
                    + " definitions of lm-evaluation-harness, or how it takes texts of several"
                    + " groups (--bias).",
            ""
        },
        sortOptions = false)
final class EvalCommand extends GptCommand {
    @Option(
            names = "--model",
            required = true,
            paramLabel = "DIR",
            description =
                    "A run's directory (its best model) or a model directory; with --tasks it may"
                            + " be repeated, and each model is a column.")
    private List<Path> models = new ArrayList<>();

    @Mixin private AdapterOption adapter = new AdapterOption();

    @Option(
            names = "--data",
            paramLabel = "PATH",
            description = "A text file, a folder of text files, or a token file (.bin).")
    private @Nullable Path data;

    @Mixin private DocumentOptions documents = new DocumentOptions();

    @Mixin private TaskChoice choice = new TaskChoice();

    @Option(
            names = "--bias",
            paramLabel = "FILE",
            description =
                    "Report how much likelier texts of one group are than the same texts of"
                            + " another, by templates and pairs of yours in a JSON file.")
    private @Nullable Path bias;

    @Mixin private DeviceOptions device = new DeviceOptions();

    @Mixin private WeightOptions weights = new WeightOptions();

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Override
    int run(Screen screen) throws IOException {
        int asked = (choice.isGiven() ? 1 : 0) + (data != null ? 1 : 0) + (bias != null ? 1 : 0);
        if (asked != 1) {
            throw new IllegalArgumentException(
                    "expected one of --data PATH, a text to predict, --tasks NAME,..., questions to"
                            + " answer, and --bias FILE, texts of groups to compare");
        }
        if (bias != null) {
            return new BiasSession(models, adapter, bias, device, weights, json).run(screen);
        }
        if (choice.isGiven()) {
            return new TaskSession(models, adapter, choice, device, weights, json).run(screen);
        }
        if (models.size() > 1) {
            throw new IllegalArgumentException(
                    "--model is given %d times; with --data it is one model, with --tasks several are compared"
                            .formatted(models.size()));
        }
        ModelArgument argument = ModelArgument.open(models.getFirst(), adapter);
        requireNext(argument);
        weights.warn(argument.stored().model(), screen);
        Backend backend = device.backend();
        int vocabulary = argument.stored().config().vocabulary();
        try (var text =
                LoadedText.open(
                        Objects.requireNonNull(data),
                        documents.documents(),
                        argument.tokenizer(),
                        vocabulary)) {
            TextLoss loss = measure(argument, weights.type(), text, backend);
            TextLoss exact = weights.rounded() ? measure(argument, DType.F32, text, backend) : loss;
            if (json) {
                screen.line(toJson(loss, exact));
            } else {
                screen.entry("loss", "%.4f nats a token", loss.loss());
                if (weights.rounded()) {
                    screen.entry(
                            "",
                            "%+.6f for weights held as %s; %.4f with F32",
                            loss.loss() - exact.loss(),
                            weights.type(),
                            exact.loss());
                }
                screen.entry("perplexity", "%.3f", loss.perplexity());
                if (loss.bytes().isPresent()) {
                    screen.entry("bits/byte", "%.4f", loss.bitsPerByte());
                }
                screen.entry("tokens", "%s predicted", Show.count(loss.predictions()));
            }
        }
        return 0;
    }

    /// A model that sees a whole text knows the next token.
    private static void requireNext(ModelArgument argument) {
        ModelConfig config = argument.stored().config();
        if (!config.architecture().attention().causal()) {
            throw new IllegalArgumentException(
                    "%s is a %s model, which sees the whole text, so the loss of the next token means nothing; use ./gpt fill"
                            .formatted(argument.stored().path(), config.family().modelType()));
        }
    }

    private TextLoss measure(ModelArgument argument, DType type, LoadedText text, Backend backend)
            throws IOException {
        return TextLoss.measure(
                argument.stored(),
                type,
                text.tokens(),
                text.predictedBytes(),
                backend,
                device.execution());
    }

    private String toJson(TextLoss loss, TextLoss exact) {
        ObjectNode json = new ObjectMapper().createObjectNode();
        json.put("loss", loss.loss());
        if (weights.rounded()) {
            json.put("weights", weights.type().name());
            json.put("lossWithF32", exact.loss());
        }
        json.put("perplexity", loss.perplexity());
        if (loss.bytes().isPresent()) {
            json.put("bitsPerByte", loss.bitsPerByte());
            json.put("bytes", loss.bytes().getAsLong());
        }
        json.put("tokens", loss.predictions());
        return json.toString();
    }
}
