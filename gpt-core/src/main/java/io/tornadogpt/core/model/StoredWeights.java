package io.tornadogpt.core.model;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.files.StoredTensor;
import io.tornadogpt.core.files.TensorSource;
import io.tornadogpt.core.model.arch.Part;
import io.tornadogpt.core.model.family.Piece;
import io.tornadogpt.core.model.family.Task;
import io.tornadogpt.core.model.graph.Parameter;
import io.tornadogpt.core.tensor.TensorSpec;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/// The weights of a model in open files, mapped into memory. All of them are known to be there, in
/// the shapes that the configuration makes them, and nothing else is.
///
/// Safe for use by several threads until it is closed.
public final class StoredWeights implements WeightReader, AutoCloseable {
    private static final String BELONG_TOGETHER = "use weights and configuration of one model";

    private final ModelConfig config;
    private final WeightFiles files;
    private final Map<String, Parameter> parameters = new HashMap<>();
    private final TensorSource source;
    private final UnaryOperator<String> storedName;
    private final boolean turned;

    /// @param turned whether linear weights lie as the family says; else as `[out, in]`
    private StoredWeights(ModelConfig config, TensorSource source, boolean turned) {
        this.config = config;
        this.files = WeightFiles.of(config);
        files.stored().forEach(p -> parameters.put(p.spec().name(), p));
        this.source = source;
        this.turned = turned;
        UnaryOperator<String> prefixed =
                hasPrefix() ? UnaryOperator.identity() : this::withoutPrefix;
        this.storedName = name -> tied(present(prefixed.apply(name)));
    }

    private boolean hasPrefix() {
        String prefix = config.family().prefix();
        return source.tensors().stream().anyMatch(tensor -> tensor.name().startsWith(prefix));
    }

    /// The head's name where a file has the weight that embedding and head share under that name
    /// alone: of tensors that share memory, safetensors' `save_model` keeps one.
    private String tied(String name) {
        boolean missing =
                config.architecture().embedding().tied()
                        && source.find(name) == null
                        && withoutPrefix(name).equals(withoutPrefix(embedding()));
        return missing && source.find(head()) != null ? head() : name;
    }

    /// A name that the files have, where they call a tensor otherwise than the family does.
    private String present(String name) {
        if (source.find(name) == null) {
            for (String other : config.family().otherNames(name)) {
                if (source.find(other) != null) {
                    return other;
                }
            }
        }
        return name;
    }

    /// Files of a model without its head name tensors without the module that holds them.
    private String withoutPrefix(String name) {
        String prefix = config.family().prefix();
        return name.startsWith(prefix) ? name.substring(prefix.length()) : name;
    }

    static StoredWeights ofDirectory(Path directory, ModelConfig config) throws IOException {
        return checked(config, TensorSource.open(directory), true);
    }

    /// Takes over the source, and closes it where it does not fit.
    static StoredWeights checked(ModelConfig config, TensorSource source, boolean turned)
            throws ModelFileException {
        var weights = new StoredWeights(config, source, turned);
        try {
            weights.check();
            return weights;
        } catch (ModelFileException | RuntimeException e) {
            weights.close();
            throw e;
        }
    }

    private List<Piece> pieces(Parameter parameter, int slice) {
        return files.pieces(parameter, parameter.spec(), slice, "").stream()
                .map(piece -> piece.named(storedName.apply(piece.name())))
                .map(
                        piece ->
                                turned || !piece.turned()
                                        ? piece
                                        : new Piece(piece.name(), piece.rows(), piece.columns()))
                .toList();
    }

    /// Ends at the first tensor that is missing, so that it takes no longer than the file is.
    private void check() throws ModelFileException {
        Set<String> known = new HashSet<>();
        for (Parameter parameter : files.stored()) {
            TensorSpec spec = parameter.spec();
            for (int slice = 0; slice < spec.slices(); slice++) {
                for (Piece piece : pieces(parameter, slice)) {
                    if (files.isZero(parameter)) {
                        checkIfThere(spec, piece);
                    } else {
                        check(source.tensor(piece.name()), spec, piece);
                    }
                    known.add(piece.name());
                }
            }
        }
        String head = head();
        if (config.architecture().embedding().tied()) {
            StoredTensor stored = source.find(head);
            if (stored != null) {
                Parameter embedding = parameter(embedding());
                check(stored, embedding.spec(), pieces(embedding, 0).getFirst());
            }
            known.add(head);
        }
        for (StoredTensor tensor : source.tensors()) {
            if (!known.contains(tensor.name()) && !ignores(tensor.name())) {
                throw bad(tensor.name(), "is none of this architecture's");
            }
        }
    }

    /// What the family says is no weight, and heads where hidden states are asked for.
    private boolean ignores(String tensor) {
        boolean headless =
                config.task() instanceof Task.HiddenStates
                        && source.find(embedding()) != null
                        && !tensor.startsWith(config.family().prefix());
        return headless || config.family().ignores(tensor);
    }

    private void check(StoredTensor stored, TensorSpec spec, Piece piece)
            throws ModelFileException {
        if (!StoredPieces.fits(stored, spec, piece)) {
            throw bad(
                    stored.name(),
                    "is %s %s, but the configuration makes it %s of floating-point numbers"
                            .formatted(
                                    stored.type(),
                                    stored.shape(),
                                    StoredPieces.shape(spec, piece)));
        }
    }

    private void checkIfThere(TensorSpec spec, Piece piece) throws ModelFileException {
        StoredTensor stored = source.find(piece.name());
        if (stored != null) {
            check(stored, spec, piece);
        }
    }

    private String embedding() {
        return config.family().module(Part.TOKEN_EMBEDDING) + ".weight";
    }

    private String head() {
        return present(config.family().module(Part.HEAD) + ".weight");
    }

    private Parameter parameter(String name) {
        Parameter parameter = parameters.get(name);
        if (parameter == null) {
            throw new IllegalArgumentException(
                    "%s has no weight %s".formatted(source.path(), name));
        }
        return parameter;
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
        StoredPieces.read(source, pieces(parameter(weight.name()), slice), values);
    }

    /// Gives all weights to a session, which closes these if it reads any of them in place; else
    /// they are closed now.
    ///
    /// @param prefix of the model's names
    void moveTo(Session session, Model model, String prefix) throws ModelFileException {
        Runnable release = this::close;
        boolean lent = false;
        try {
            for (Parameter own : model.parameters()) {
                TensorSpec spec = own.spec();
                if (own.part() != null && own.part().inHead() && !session.holds(spec)) {
                    continue; // a head that no program of the session computes
                }
                Parameter parameter = parameter(spec.name().substring(prefix.length()));
                float[] values = {};
                for (int slice = 0; slice < spec.slices(); slice++) {
                    List<Piece> pieces = pieces(parameter, slice);
                    MemorySegment stored = nativeBytes(spec, pieces);
                    if (stored != null) {
                        lent |= session.lend(spec, slice, stored, release);
                    } else {
                        values = values.length > 0 ? values : room(spec);
                        StoredPieces.read(source, pieces, values);
                        session.writeFloats(spec, slice, values);
                    }
                }
            }
            model.writeConstants(session);
        } finally {
            if (!lent) {
                close();
            }
        }
    }

    /// A slice as it lies in the file, where it does so as a session wants it: it saves a copy.
    private @Nullable MemorySegment nativeBytes(TensorSpec spec, List<Piece> pieces)
            throws ModelFileException {
        Piece only = pieces.getFirst();
        if (pieces.size() > 1 || !only.contiguous()) {
            return null;
        }
        MemorySegment all = source.nativeBytes(only.name(), spec.dtype());
        if (all == null || only.whole()) {
            return all;
        }
        long row = (long) only.columns() * spec.dtype().bytes();
        return all.asSlice(only.first() * row, only.rows() * row);
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
        for (Parameter parameter : files.stored()) {
            for (int slice = 0; slice < parameter.spec().slices(); slice++) {
                if (files.isZero(parameter)) {
                    refuseValues(pieces(parameter, slice));
                }
            }
        }
        String embedding = storedName.apply(embedding());
        if (config.architecture().embedding().tied()
                && source.find(head()) != null
                && source.bytes(head()).mismatch(source.bytes(embedding)) >= 0) {
            throw new ModelFileException(
                    source.path(),
                    "tensor '" + head() + "'",
                    "differs from " + embedding + " although the head is tied",
                    "set tie_word_embeddings to false in config.json");
        }
    }

    private void refuseValues(List<Piece> pieces) throws ModelFileException {
        for (Piece piece : pieces) {
            if (source.find(piece.name()) != null && !isZero(source.floats(piece.name()))) {
                throw bad(
                        piece.name(),
                        "is not zero although config.json says tornadogpt.bias=false");
            }
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

    @Override
    public void close() {
        source.close();
    }
}
