package io.tornadogpt.trainer.loop;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.model.LossProgram;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.trainer.data.Tokens;

import java.io.IOException;
import java.util.List;
import java.util.OptionalLong;

/// How well a model predicts a whole text, cut into windows of `blockSize` that do not overlap:
/// every token but the first, from those before it in its window.
///
/// @param loss mean over predicted tokens, in nats
/// @param predictions how many tokens are predicted
/// @param bytes of UTF-8 that the predicted tokens stand for, empty where that is not known
public record TextLoss(double loss, long predictions, OptionalLong bytes) {
    /// Tokens of a batch: enough to keep a device busy.
    private static final int BATCH_TOKENS = 2048;

    /// Positions of a window, where a model could read more.
    private static final int LONGEST = 4096;

    /// Measures a model on tokens.
    ///
    /// @param weights as what matrices are held: F32, or BF16
    /// @param bytes see [#bytes]
    /// @throws ModelFileException where the loss is no finite number
    public static TextLoss measure(
            StoredModel stored,
            DType weights,
            Tokens tokens,
            OptionalLong bytes,
            Backend backend,
            ExecutionOptions options)
            throws IOException {
        int positions = Math.min(stored.config().context(), LONGEST);
        Model model = stored.model().withWeights(weights).withContext(positions);
        long windows = Math.ceilDiv(tokens.count() - 1, (long) positions);
        int batch =
                (int) Math.clamp(Math.max(1, BATCH_TOKENS / positions), 1, Math.max(1, windows));
        LossProgram program = model.evaluate(batch, positions);
        var programs = List.of(program.program());
        MemoryBudget.require(backend.plan(programs).bytes());
        try (var session = backend.open(programs, options)) {
            stored.load(model, session);
            var evaluation = new Evaluation(session, program, tokens);
            double loss = evaluation.loss(0);
            if (!Double.isFinite(loss)) {
                throw new ModelFileException(
                        stored.path(),
                        "the model",
                        "has a loss of %s on this text: its weights are damaged or its training diverged"
                                .formatted(loss),
                        "use another checkpoint");
            }
            return new TextLoss(loss, tokens.count() - 1, bytes);
        }
    }

    /// Among how many equally likely tokens the model is as uncertain.
    public double perplexity() {
        return Math.exp(loss);
    }

    /// Bits to encode a byte of text with this model, which does not depend on the tokenizer; NaN
    /// where the bytes are not known.
    public double bitsPerByte() {
        return bytes.isPresent()
                ? loss / Math.log(2) * predictions / bytes.getAsLong()
                : Double.NaN;
    }
}
