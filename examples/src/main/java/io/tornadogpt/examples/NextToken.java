package io.tornadogpt.examples;

import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.ModelDirectory;
import io.tornadogpt.tokenizer.Tokenizer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// Opens a published GPT-2 and shows what it expects to come next.
///
/// Read next: [ContinueTraining], which teaches such a model your text, and
/// [io.tornadogpt.core.model.Model], where the forward pass is written down.
public final class NextToken {
    private static final int SHOWN = 10;

    private NextToken() {}

    /// Takes a directory with `config.json`, `model.safetensors` and the tokenizer's files, such as
    /// a download of `gpt2`, and the beginning of a text.
    public static void main(String[] args) throws IOException {
        if (args.length != 2) {
            System.err.println("expected: MODEL_DIRECTORY TEXT");
            System.exit(2);
        }
        Path directory = Path.of(args[0]);
        Tokenizer tokenizer = Tokenizer.load(directory);
        int[] tokens = tokenizer.encode(args[1]);
        float[] logits = lastLogits(ModelDirectory.open(directory), tokens);
        double[] probabilities = softmax(logits);

        System.out.printf("%d tokens: %s%n", tokens.length, Arrays.toString(tokens));
        System.out.println("next:");
        IntStream.range(0, Math.min(probabilities.length, tokenizer.vocabularySize()))
                .boxed()
                .sorted(Comparator.comparingDouble(id -> -probabilities[id]))
                .limit(SHOWN)
                .forEach(
                        id ->
                                System.out.printf(
                                        "%6.2f %%  %6d  \"%s\"%n",
                                        100 * probabilities[id], id, tokenizer.decode(id)));
    }

    /// Writes the model down for a sequence of this length, puts its weights on the device, runs
    /// it, and takes the row of logits behind the last token.
    private static float[] lastLogits(ModelDirectory stored, int... tokens) throws IOException {
        var model = new Model(stored.config());
        var program = model.logits("logits", 1, tokens.length);
        try (var session = Backends.named("cpu").open(List.of(program.program()))) {
            stored.load(model, session);
            session.write(program.tokens(), tokens);
            session.write(program.positions(), IntStream.range(0, tokens.length).toArray());
            session.run("logits");
            float[] all = session.readFloats(program.logits());
            return Arrays.copyOfRange(all, all.length - stored.config().vocabulary(), all.length);
        }
    }

    private static double[] softmax(float[] logits) {
        double largest =
                IntStream.range(0, logits.length).mapToDouble(i -> logits[i]).max().orElse(0);
        double[] weights =
                IntStream.range(0, logits.length)
                        .mapToDouble(i -> Math.exp(logits[i] - largest))
                        .toArray();
        double sum = Arrays.stream(weights).sum();
        return Arrays.stream(weights).map(weight -> weight / sum).toArray();
    }
}
