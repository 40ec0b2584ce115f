package io.tornadogpt.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.core.model.family.Task;
import io.tornadogpt.sampler.Embedder;
import io.tornadogpt.sampler.MaskFiller;
import io.tornadogpt.sampler.MaskFiller.Candidate;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.loop.MemoryBudget;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/// Fills masks in a text.
@Command(
        name = "fill",
        description = {
            "Predicts the tokens that stand behind the masks of a text, such as [MASK], with a"
                    + " model that was trained to fill masks.",
            ""
        },
        sortOptions = false)
final class FillCommand extends GptCommand {
    @Option(
            names = "--model",
            required = true,
            paramLabel = "DIR",
            description = "A run's directory or a model directory, with a tokenizer in it.")
    private @Nullable Path model;

    @Option(
            names = "--text",
            required = true,
            paramLabel = "TEXT",
            preprocessor = TextValue.class,
            description = "A text with one mask or more: \"The cat [MASK] on the mat\".")
    private String text = "";

    @Option(
            names = "--top",
            paramLabel = "N",
            defaultValue = "5",
            description = "Candidates for each mask (default: ${DEFAULT-VALUE}).")
    private int top;

    @Mixin private DeviceOptions device = new DeviceOptions();

    @Option(
            names = "--json",
            description = "Print each candidate as a JSON object on a line of its own.")
    private boolean json;

    @Override
    int run(Screen screen) throws IOException {
        if (top < 1) {
            throw new IllegalArgumentException("--top is %d; expected 1 or more".formatted(top));
        }
        ModelArgument argument =
                ModelArgument.open(Objects.requireNonNull(model), new Task.Tokens());
        StoredModel stored = argument.stored();
        if (stored.config().architecture().attention().causal()) {
            throw new IllegalArgumentException(
                    "%s is a %s model, which continues texts and fills no masks; use ./gpt sample"
                            .formatted(model, stored.config().family().modelType()));
        }
        Tokenizer tokenizer = argument.requireTokenizer();
        var gpt = new Model(stored.config());
        Backend backend = device.backend();
        int length = Embedder.tokens(tokenizer, List.of(text)).getFirst().size();
        int tokens = Math.clamp(length, 1, gpt.context());
        MemoryBudget.require(
                backend.plan(List.of(MaskFiller.program(gpt, tokens).program())).bytes());
        try (var filler =
                MaskFiller.read(
                        backend,
                        gpt,
                        tokenizer,
                        text,
                        device.execution(),
                        session -> stored.load(gpt, session))) {
            List<List<Candidate>> masks = filler.candidates(top);
            for (int mask = 0; mask < masks.size(); mask++) {
                if (!json && mask > 0) {
                    screen.line("");
                }
                for (Candidate candidate : masks.get(mask)) {
                    print(screen, mask, candidate);
                }
            }
        }
        return 0;
    }

    private void print(Screen screen, int mask, Candidate candidate) {
        if (json) {
            ObjectNode object = new ObjectMapper().createObjectNode();
            object.put("mask", mask);
            object.put("token", candidate.id());
            object.put("token_str", candidate.token());
            object.put("score", candidate.probability());
            object.put("sequence", candidate.text());
            screen.line(object.toString());
        } else {
            screen.line(
                    "%.4f  %-16s  %s",
                    candidate.probability(),
                    candidate.token(),
                    candidate.text().replace("\n", "\\n"));
        }
    }
}
