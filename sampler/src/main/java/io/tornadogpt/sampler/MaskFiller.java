package io.tornadogpt.sampler;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.BatchForm;
import io.tornadogpt.core.model.LogitsProgram;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.tokenizer.Encoding;
import io.tornadogpt.tokenizer.TokenRole;
import io.tornadogpt.tokenizer.Tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/// Says which tokens are likely where a text has the mask token, with a model that was trained for
/// it: `The cat [MASK] on the mat`.
///
/// Used by one thread at a time.
public final class MaskFiller implements AutoCloseable {
    private static final List<String> USUAL_NAMES = List.of("[MASK]", "<mask>");

    private final Session session;
    private final LogitsProgram program;
    private final Tokenizer tokenizer;
    private final Encoding text;
    private final List<Integer> masks;

    /// A token for a mask.
    ///
    /// @param id of the token
    /// @param probability of it, from 0 to 1
    /// @param token as the vocabulary spells it
    /// @param text with the token in place of this mask; other masks stay
    public record Candidate(int id, double probability, String token, String text) {}

    private MaskFiller(
            Session session,
            LogitsProgram program,
            Tokenizer tokenizer,
            Encoding text,
            List<Integer> masks) {
        this.session = session;
        this.program = program;
        this.tokenizer = tokenizer;
        this.text = text;
        this.masks = masks;
    }

    /// The program for a text of so many tokens, for planning.
    public static LogitsProgram program(Model model, int tokens) {
        return model.logits("fill", BatchForm.full(1, tokens));
    }

    /// The name of the mask token.
    ///
    /// @throws IllegalArgumentException where the tokenizer has none
    public static String mask(Tokenizer tokenizer) {
        OptionalInt said = tokenizer.tokenFor(TokenRole.MASK);
        String name = said.isPresent() ? tokenizer.token(said.getAsInt()) : null;
        if (name != null) {
            return name;
        }
        for (String usual : USUAL_NAMES) {
            if (tokenizer.specialTokens().containsKey(usual) || tokenizer.id(usual).isPresent()) {
                return usual;
            }
        }
        throw new IllegalArgumentException(
                "the tokenizer has no mask token (it is mostly called %s or %s); use a model that was trained to fill masks"
                        .formatted(USUAL_NAMES.get(0), USUAL_NAMES.get(1)));
    }

    /// Reads a text that has the mask token once or more.
    ///
    /// @throws IllegalArgumentException where it has none, or is too long for the model
    /// @throws E if the weights cannot be had
    public static <E extends Exception> MaskFiller read(
            Backend backend,
            Model whole,
            Tokenizer tokenizer,
            String text,
            ExecutionOptions execution,
            Weights<E> weights)
            throws E {
        Encoding encoding = Embedder.tokens(tokenizer, List.of(text)).getFirst();
        String name = mask(tokenizer);
        int mask = tokenizer.id(name).orElseThrow();
        List<Integer> masks =
                IntStream.range(0, encoding.size())
                        .filter(i -> encoding.ids()[i] == mask)
                        .boxed()
                        .toList();
        if (masks.isEmpty()) {
            throw new IllegalArgumentException(
                    "the text has no %s, so there is nothing to fill; write %s where a word is missing"
                            .formatted(name, name));
        }
        if (encoding.size() > whole.context()) {
            throw new IllegalArgumentException(
                    "the text has %d tokens, but the model's context has %d; shorten it"
                            .formatted(encoding.size(), whole.context()));
        }
        Model model = whole.withContext(encoding.size());
        LogitsProgram program = program(model, encoding.size());
        Session session = backend.open(List.of(program.program()), execution);
        try {
            weights.writeTo(session);
            session.write(program.tokens(), encoding.ids());
            program.inputs().writePositions(session, program.program());
            if (program.inputs().types() != null) {
                session.write(program.inputs().types(), encoding.typeIds());
            }
            session.run(program.program().name());
            return new MaskFiller(session, program, tokenizer, encoding, masks);
        } catch (Throwable failure) {
            session.close();
            throw failure;
        }
    }

    /// The likeliest tokens for each mask, the likeliest first; of equally likely ones that with
    /// the smaller id.
    ///
    /// @param count how many for each mask
    public List<List<Candidate>> candidates(int count) {
        if (count < 1) {
            throw new IllegalArgumentException(
                    "%d candidates are asked for; expected 1 or more".formatted(count));
        }
        float[] logits = session.readFloats(program.logits());
        int vocabulary = program.logits().shape().columns();
        int known = Math.min(vocabulary, tokenizer.vocabularySize());
        var all = new ArrayList<List<Candidate>>();
        for (int mask : masks) {
            all.add(candidates(logits, mask * vocabulary, known, count, mask));
        }
        return all;
    }

    private List<Candidate> candidates(float[] logits, int from, int known, int count, int mask) {
        double highest = Double.NEGATIVE_INFINITY;
        for (int id = 0; id < known; id++) {
            highest = Math.max(highest, logits[from + id]);
        }
        double sum = 0;
        for (int id = 0; id < known; id++) {
            sum += Math.exp(logits[from + id] - highest);
        }
        double total = sum;
        double top = highest;
        return IntStream.range(0, known)
                .boxed()
                .sorted((a, b) -> Float.compare(logits[from + b], logits[from + a]))
                .limit(count)
                .map(
                        id ->
                                new Candidate(
                                        id,
                                        Math.exp(logits[from + id] - top) / total,
                                        String.valueOf(tokenizer.token(id)),
                                        filled(mask, id)))
                .toList();
    }

    /// The text without what the tokenizer added around it.
    private String filled(int mask, int id) {
        int[] ids =
                IntStream.range(0, text.size())
                        .filter(i -> !text.special()[i])
                        .map(i -> i == mask ? id : text.ids()[i])
                        .toArray();
        return tokenizer.decode(ids).strip();
    }

    /// Gives the memory back.
    @Override
    public void close() {
        session.close();
    }
}
