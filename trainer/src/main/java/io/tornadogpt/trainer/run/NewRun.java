package io.tornadogpt.trainer.run;

import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.trainer.data.DataChoice;
import io.tornadogpt.trainer.data.Order;
import io.tornadogpt.trainer.data.OwnText;
import io.tornadogpt.trainer.data.TokenizerChoice;
import io.tornadogpt.trainer.settings.RunSettings;

import org.jspecify.annotations.Nullable;

/// All that says what a run will be, before anything of it is made; [Runs#begin] begins it.
///
/// ```
/// NewRun run = NewRun.of(settings).with(new DataChoice(Path.of("poems.txt"), null)).withSeed(7);
/// ```
///
/// @param settings of the model and its training; where they do not say how large the vocabulary
///   is, it follows the data
/// @param data to train on, null for [OwnText]
/// @param tokenizer for [OwnText], null for that text's own; data names its tokenizer itself
/// @param seed of initialization, batches and dropout
/// @param order in which training tokens are read
/// @param device a backend's name, and behind a colon which of its devices
/// @param weights to start from, null for random ones
public record NewRun(
        RunSettings settings,
        @Nullable DataChoice data,
        @Nullable TokenizerChoice tokenizer,
        long seed,
        Order order,
        String device,
        @Nullable StoredModel weights) {
    private static final long DEFAULT_SEED = 1337;

    /// A run on [OwnText], on the CPU, from random weights, with the usual seed.
    public static NewRun of(RunSettings settings) {
        return new NewRun(settings, null, null, DEFAULT_SEED, Order.RANDOM, "cpu", null);
    }

    /// On other data.
    public NewRun with(DataChoice choice) {
        return new NewRun(settings, choice, null, seed, order, device, weights);
    }

    /// On [OwnText], with a tokenizer that is not the usual one.
    public NewRun onOwnText(TokenizerChoice choice) {
        return new NewRun(settings, null, choice, seed, order, device, weights);
    }

    /// With other settings.
    public NewRun with(RunSettings other) {
        return new NewRun(other, data, tokenizer, seed, order, device, weights);
    }

    /// With another seed.
    public NewRun withSeed(long other) {
        return new NewRun(settings, data, tokenizer, other, order, device, weights);
    }

    /// With tokens read in another order; none validate where they are read one after the other.
    public NewRun withOrder(Order other) {
        return new NewRun(settings, data, tokenizer, seed, other, device, weights);
    }

    /// On another device.
    public NewRun withDevice(String other) {
        return new NewRun(settings, data, tokenizer, seed, order, other, weights);
    }

    /// From the weights of a model, whose architecture the settings must have.
    public NewRun startingFrom(StoredModel model) {
        return new NewRun(settings, data, tokenizer, seed, order, device, model);
    }

    /// Where the text or tokens come from, in words.
    public String source() {
        return data == null ? OwnText.description() : data.path().toString();
    }

    RunOrigin origin() {
        TokenizerChoice asked = data == null ? tokenizer : data.tokenizer();
        return new RunOrigin(
                seed,
                order,
                device,
                source(),
                asked == null ? null : asked.toString(),
                data != null && data.isTokens() ? data.path().toString() : null,
                weights == null ? null : weights.path().toAbsolutePath().normalize().toString());
    }
}
