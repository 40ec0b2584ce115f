package io.tornadogpt.core.model;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.files.StoredTensor;
import io.tornadogpt.core.files.TensorSource;
import io.tornadogpt.core.model.arch.Part;
import io.tornadogpt.core.model.family.Piece;
import io.tornadogpt.core.model.family.Task;
import io.tornadogpt.core.model.graph.AdaptedParameter;
import io.tornadogpt.core.model.graph.AdaptedParameter.Kind;
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
public final class StoredWeights implements OpenWeights {
    private static final String BELONG_TOGETHER = "use weights and configuration of one model";

    private final ModelConfig config;
    private final WeightFiles files;
    private final Map<String, Parameter> parameters = new HashMap<>();
    private final TensorSource source;
    private final UnaryOperator<String> storedName;
    private final boolean turned;

    /// @param turned whether linear weights lie as the family says; else as `[out, in]`
    private StoredWeights(
            ModelConfig config, TensorSource source, boolean turned, WeightLayout layout) {
        this.config = config;
        this.files = WeightFiles.of(config, layout);
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
        TensorSource source = TensorSource.open(directory);
        return checked(config, source, !QuantizedFiles.areRows(source));
    }

    /// Takes over the source, and closes it where it does not fit.
    static StoredWeights checked(ModelConfig config, TensorSource source, boolean turned)
            throws ModelFileException {
        return checked(new StoredWeights(config, source, turned, WeightLayout.of(config.family())));
    }

    /// Takes over the source, whose tensors lie otherwise than Hugging Face's, and closes it where
    /// it does not fit.
    static StoredWeights checked(ModelConfig config, TensorSource source, WeightLayout layout)
            throws ModelFileException {
        return checked(new StoredWeights(config, source, true, layout));
    }

    private static StoredWeights checked(StoredWeights weights) throws ModelFileException {
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
        return headless || config.family().ignores(tensor) || files.layout().ignores(tensor);
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
    /// @param seed of parts of a head that the files lack; null where they may lack none
    void moveTo(Session session, Model model, String prefix, @Nullable Long seed)
            throws ModelFileException {
        Runnable release = this::close;
        boolean lent = false;
        try {
            requireFit(model, prefix, seed != null);
            for (Parameter own : model.baseParameters()) {
                TensorSpec spec = own.spec();
                if (own.part() != null && own.part().inHead() && !session.holds(spec)) {
                    continue; // a head that no program of the session computes
                }
                if (seed != null && isNewHead(own, prefix)) {
                    model.initialize(session, own, seed);
                    continue;
                }
                StoredRows rows = StoredRows.of(config, own, prefix);
                if (!rows.whole()) {
                    writeRows(session, own, rows);
                    continue;
                }
                Parameter parameter = parameter(rows.name());
                float[] values = {};
                for (int slice = 0; slice < spec.slices(); slice++) {
                    List<Piece> pieces = pieces(parameter, slice);
                    MemorySegment stored = nativeBytes(spec, pieces);
                    if (stored != null) {
                        lent |= session.lend(spec, slice, stored, release);
                    } else {
                        values = values.length > 0 ? values : room(spec);
                        StoredPieces.read(source, pieces, values);
                        write(session, spec, slice, values);
                    }
                }
            }
            if (seed != null) {
                startAdapter(session, model, seed);
            }
            model.writeConstants(session);
        } finally {
            if (!lent) {
                close();
            }
        }
    }

    private void write(Session session, TensorSpec spec, int slice, float[] values)
            throws ModelFileException {
        try {
            session.writeFloats(spec, slice, values);
        } catch (IllegalArgumentException e) {
            if (!spec.dtype().quantized()) {
                throw e;
            }
            throw new ModelFileException(
                    source.path(),
                    "weight " + spec.sliceName(slice),
                    "%s".formatted(e.getMessage()),
                    "choose F32 weights");
        }
    }

    /// Layers that an adapter keeps as a whole start as they are here; what is not here, and the
    /// rest of the adapter, as the model says.
    private void startAdapter(Session session, Model model, long seed) throws ModelFileException {
        model.initializeAdapter(session, seed);
        for (AdaptedParameter own : model.adapted()) {
            TensorSpec spec = own.parameter().spec();
            if (own.kind() == Kind.SAVED && session.holds(spec)) {
                String kind = spec.name().substring(spec.name().lastIndexOf('.'));
                Parameter stored = parameters.get(config.family().module(own.part()) + kind);
                if (stored != null && stored.spec().shape().equals(spec.shape())) {
                    for (int slice = 0; slice < spec.slices(); slice++) {
                        session.writeFloats(spec, slice, read(stored.spec(), slice));
                    }
                }
            }
        }
    }

    /// A head may be the adapter's own, and is then none of these; all else must be here.
    ///
    /// @param newHead whether what is missing of the head is made anew
    private void requireFit(Model model, String prefix, boolean newHead) {
        boolean fits =
                model.config().with(config.task()).hasWeightsOf(config)
                        && model.baseParameters().stream()
                                .allMatch(
                                        own ->
                                                !isNewHead(own, prefix)
                                                        ? isStored(own, prefix)
                                                        : newHead);
        if (!fits) {
            throw new IllegalArgumentException(
                    "%s holds %s, which are no weights for %s; use the configuration that it has"
                            .formatted(source.path(), config.architecture(), model.architecture()));
        }
    }

    private boolean isStored(Parameter own, String prefix) {
        return parameters.containsKey(storedName(own, prefix));
    }

    private String storedName(Parameter own, String prefix) {
        return StoredRows.of(config, own, prefix).name();
    }

    /// Writes some rows of a parameter.
    private void writeRows(Session session, Parameter own, StoredRows rows)
            throws ModelFileException {
        TensorSpec all = parameter(rows.name()).spec();
        for (int slice = 0; slice < own.spec().slices(); slice++) {
            write(session, own.spec(), slice, rows.of(read(all, slice), own));
        }
    }

    /// Whether a parameter belongs to a head, and these weights have none of its name and shape.
    private boolean isNewHead(Parameter own, String prefix) {
        if (own.part() == null || !own.part().inHead()) {
            return false;
        }
        Parameter stored = parameters.get(storedName(own, prefix));
        return stored == null || !stored.spec().shape().equals(own.spec().shape());
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
        long row = spec.dtype().bytes(only.columns());
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
