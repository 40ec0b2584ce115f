package io.tornadogpt.curation.step;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.core.model.LossProgram;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.curation.Document;
import io.tornadogpt.curation.Verdict;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.data.Tokens;
import io.tornadogpt.trainer.data.TrainingData;
import io.tornadogpt.trainer.loop.Evaluation;
import io.tornadogpt.trainer.run.RunDirectory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// Removes documents that a language model finds too surprising, or not surprising enough, as CCNet
/// does (Wenzek et al. 2020, section 3.2): noise has a high perplexity, and what is repeated has a
/// low one. The perplexity goes into the metadata.
///
/// The model is one of this project, on this project's standard device; its numbers are the same on
/// every machine only as far as those of the device are. Documents are measured one after the
/// other.
///
/// @param model the directory of a model with its tokenizer beside it, or of a run, whose best
///   model is meant; it has to be named
/// @param minPerplexity a document goes whose perplexity is lower
/// @param maxPerplexity a document goes whose perplexity is higher
/// @param tokens of a document that are predicted at most, from its beginning
public record Perplexity(String model, double minPerplexity, double maxPerplexity, int tokens)
        implements DocumentStep {
    /// Without a model; no perplexity is too low or high; the first 1,024 tokens.
    public static final Perplexity DEFAULT = new Perplexity("", 0, 1e9, 1024);

    /// @throws IllegalArgumentException where a limit is out of range
    public Perplexity {
        Limits.atLeast("perplexity.minPerplexity", minPerplexity, 0);
        Limits.atLeast("perplexity.maxPerplexity", maxPerplexity, minPerplexity);
        Limits.atLeast("perplexity.tokens", tokens, 2);
    }

    @Override
    public DocumentStep prepared() throws IOException {
        if (model.isEmpty()) {
            throw new IllegalArgumentException(
                    "perplexity.model is empty; name the directory of a model");
        }
        Path named = Path.of(model);
        if (!Files.exists(named)) {
            throw new IllegalArgumentException(
                    "perplexity.model is %s, which does not exist; check the path"
                            .formatted(BadFileException.quote(model)));
        }
        Path path = Files.isDirectory(named) ? new RunDirectory(named).model() : named;
        StoredModel stored = StoredModel.open(path);
        if (!stored.config().architecture().attention().causal()) {
            throw new IllegalArgumentException(
                    "perplexity.model is %s, which sees a whole text, so that its perplexity means nothing; name a model that predicts the next token"
                            .formatted(model));
        }
        Tokenizer tokenizer = TrainingData.tokenizerIn(path);
        if (tokenizer == null) {
            throw new IllegalArgumentException(
                    "perplexity.model is %s, which has no tokenizer beside it; copy one there"
                            .formatted(model));
        }
        int positions = Math.min(stored.config().context(), tokens);
        Model measured = stored.model().withContext(positions);
        LossProgram program = measured.evaluate(1, positions);
        Backend backend = Backends.standard();
        Session session = backend.open(List.of(program.program()), ExecutionOptions.DEFAULT);
        stored.load(measured, session);
        return new Ready(this, tokenizer, program, session);
    }

    @Override
    public Verdict apply(Document document) {
        try {
            return prepared().apply(document);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The step with its model, which one thread at a time may ask.
    private record Ready(
            Perplexity settings, Tokenizer tokenizer, LossProgram program, Session session)
            implements DocumentStep {
        @Override
        public Verdict apply(Document document) {
            int[] ids = tokenizer.encode(document.text());
            if (ids.length < 2) {
                return new Verdict.Removed("tooFewTokens", "there is nothing to predict");
            }
            double loss = loss(Arrays.copyOf(ids, Math.min(ids.length, settings.tokens)));
            double perplexity = Math.exp(loss);
            if (perplexity < settings.minPerplexity) {
                return Removal.below("lowPerplexity", perplexity, settings.minPerplexity);
            }
            if (!(perplexity <= settings.maxPerplexity)) {
                return Removal.above("highPerplexity", perplexity, settings.maxPerplexity);
            }
            double rounded = Math.round(perplexity * 100) / 100.0;
            return new Verdict.Changed(document.with("perplexity", rounded), Map.of());
        }

        @Override
        public void close() {
            session.close();
        }

        private double loss(int[] ids) {
            synchronized (session) {
                return new Evaluation(session, program, Tokens.of(ids)).loss(0);
            }
        }
    }
}
