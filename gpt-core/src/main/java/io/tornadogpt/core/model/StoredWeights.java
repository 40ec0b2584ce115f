package io.tornadogpt.core.model;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.files.StoredTensor;
import io.tornadogpt.core.files.TensorSource;
import io.tornadogpt.core.tensor.TensorSpec;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/// The weights of a model in open files, mapped into memory. All of them are known to be there, in
/// the shapes that the configuration makes them, and nothing else is.
public final class StoredWeights implements WeightReader, AutoCloseable {
    /// Causal masks that older files carry along; they are no weights.
    private static final Pattern MASK =
            Pattern.compile("(transformer\\.)?h\\.\\d+\\.attn\\.(attention\\.)?(bias|masked_bias)");

    private static final String BELONG_TOGETHER = "use weights and configuration of one model";

    private final GptConfig config;
    private final TensorSource source;
    private final WeightLayout layout;
    private final UnaryOperator<String> storedName;

    private StoredWeights(GptConfig config, TensorSource source, WeightLayout layout) {
        this.config = config;
        this.source = source;
        this.layout = layout;
        this.storedName =
                source.find(WeightLayout.EMBEDDING) == null
                        ? StoredWeights::withoutPrefix
                        : UnaryOperator.identity();
    }

    /// Files of a model without its head name tensors without the module that holds them.
    private static String withoutPrefix(String name) {
        return name.startsWith(WeightLayout.PREFIX)
                ? name.substring(WeightLayout.PREFIX.length())
                : name;
    }

    static StoredWeights ofDirectory(Path directory, GptConfig config) throws IOException {
        return checked(config, TensorSource.open(directory), WeightLayout.of(config.family()));
    }

    /// Takes over the source, and closes it where it does not fit.
    static StoredWeights checked(GptConfig config, TensorSource source, WeightLayout layout)
            throws ModelFileException {
        var weights = new StoredWeights(config, source, layout);
        try {
            weights.check();
            return weights;
        } catch (ModelFileException | RuntimeException e) {
            weights.close();
            throw e;
        }
    }

    /// Ends at the first tensor that is missing, so that it takes no longer than the file is.
    private void check() throws ModelFileException {
        Set<String> known = new HashSet<>();
        for (Parameter parameter : new GptModel(config).parameters()) {
            TensorSpec spec = parameter.spec();
            for (int slice = 0; slice < spec.slices(); slice++) {
                for (WeightLayout.Piece piece : layout.pieces(spec, slice, storedName)) {
                    check(source.tensor(piece.name()), piece.storedShape(spec));
                    known.add(piece.name());
                }
            }
        }
        for (TensorSpec bias : absentBiases(config)) {
            for (int slice = 0; slice < bias.slices(); slice++) {
                for (WeightLayout.Piece piece : layout.pieces(bias, slice, storedName)) {
                    checkAbsent(piece, bias);
                    known.add(piece.name());
                }
            }
        }
        if (config.tiedHead()) {
            checkTiedHead();
            known.add(WeightLayout.HEAD);
        }
        for (StoredTensor tensor : source.tensors()) {
            if (!known.contains(tensor.name()) && !MASK.matcher(tensor.name()).matches()) {
                throw bad(tensor.name(), "is none of this architecture's");
            }
        }
    }

    private void check(StoredTensor stored, List<Long> shape) throws ModelFileException {
        if (!stored.shape().equals(shape) || !stored.type().isFloat()) {
            throw bad(
                    stored.name(),
                    "is %s %s, but the configuration makes it %s of floating-point numbers"
                            .formatted(stored.type(), stored.shape(), shape));
        }
    }

    private void checkAbsent(WeightLayout.Piece bias, TensorSpec spec) throws ModelFileException {
        StoredTensor stored = source.find(bias.name());
        if (stored != null) {
            check(stored, bias.storedShape(spec));
        }
    }

    private void checkTiedHead() throws ModelFileException {
        StoredTensor head = source.find(WeightLayout.HEAD);
        if (head != null) {
            check(head, List.of((long) config.vocabSize(), (long) config.nEmbd()));
        }
    }

    private ModelFileException bad(String tensor, String problem) {
        return new ModelFileException(
                source.path(),
                "tensor " + BadFileException.quote(tensor),
                problem,
                BELONG_TOGETHER);
    }

    @Override
    public float[] read(TensorSpec weight, int slice) throws ModelFileException {
        float[] values = room(weight);
        read(weight, slice, values);
        return values;
    }

    private void read(TensorSpec weight, int slice, float[] values) throws ModelFileException {
        for (WeightLayout.Piece piece : layout.pieces(weight, slice, storedName)) {
            piece.read(source, values);
        }
    }

    /// Gives all weights to a session, which closes these if it reads any of them in place; else
    /// they are closed now.
    void moveTo(Session session, GptModel model) throws ModelFileException {
        Runnable release = this::close;
        boolean lent = false;
        try {
            for (Parameter parameter : model.parameters()) {
                TensorSpec spec = parameter.spec();
                float[] values = {};
                for (int slice = 0; slice < spec.slices(); slice++) {
                    MemorySegment stored = nativeBytes(spec, slice);
                    if (stored != null) {
                        lent |= session.lend(spec, slice, stored, release);
                    } else {
                        values = values.length > 0 ? values : room(spec);
                        read(spec, slice, values);
                        session.writeFloats(spec, slice, values);
                    }
                }
            }
            model.writeWindows(session);
        } finally {
            if (!lent) {
                close();
            }
        }
    }

    /// A slice as it lies in the file, where it does so as a session wants it: it saves a copy.
    private @Nullable MemorySegment nativeBytes(TensorSpec spec, int slice)
            throws ModelFileException {
        List<WeightLayout.Piece> pieces = layout.pieces(spec, slice, storedName);
        WeightLayout.Piece only = pieces.getFirst();
        return pieces.size() > 1 || only.transposed()
                ? null
                : source.nativeBytes(only.name(), spec.dtype());
    }

    private static float[] room(TensorSpec spec) {
        return new float[Math.toIntExact(spec.shape().elements())];
    }

    /// These, once the values of what the configuration says is not there were looked at; closed
    /// where there are such values.
    StoredWeights withoutContradictions() throws ModelFileException {
        try {
            refuseContradictions();
            return this;
        } catch (ModelFileException | RuntimeException e) {
            close();
            throw e;
        }
    }

    private void refuseContradictions() throws ModelFileException {
        for (TensorSpec bias : absentBiases(config)) {
            for (int slice = 0; slice < bias.slices(); slice++) {
                for (WeightLayout.Piece piece : layout.pieces(bias, slice, storedName)) {
                    if (source.find(piece.name()) != null && !isZero(source.floats(piece.name()))) {
                        throw bad(
                                piece.name(),
                                "is not zero although config.json says tornadogpt.bias=false");
                    }
                }
            }
        }
        String embedding = storedName.apply(WeightLayout.EMBEDDING);
        if (config.tiedHead()
                && source.find(WeightLayout.HEAD) != null
                && source.bytes(WeightLayout.HEAD).mismatch(source.bytes(embedding)) >= 0) {
            throw new ModelFileException(
                    source.path(),
                    "tensor '" + WeightLayout.HEAD + "'",
                    "differs from " + embedding + " although the head is tied",
                    "set tie_word_embeddings to false in config.json");
        }
    }

    private static boolean isZero(float[] values) {
        for (float value : values) {
            if (value != 0) {
                return false;
            }
        }
        return true;
    }

    /// The biases that a model without biases lacks, and files of it have as zeros.
    static List<TensorSpec> absentBiases(GptConfig config) {
        if (config.bias()) {
            return List.of();
        }
        return new GptModel(config.withBias(true))
                .parameters().stream()
                        .map(Parameter::spec)
                        .filter(spec -> spec.name().endsWith(".bias"))
                        .toList();
    }

    @Override
    public void close() {
        source.close();
    }
}
