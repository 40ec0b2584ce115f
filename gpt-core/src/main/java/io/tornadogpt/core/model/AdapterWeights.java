package io.tornadogpt.core.model;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.files.SafetensorsFile;
import io.tornadogpt.core.files.StoredTensor;
import io.tornadogpt.core.files.TensorSource;
import io.tornadogpt.core.model.adapter.LinearLayer;
import io.tornadogpt.core.model.adapter.LinearLayer.Outputs;
import io.tornadogpt.core.model.adapter.LinearLayers;
import io.tornadogpt.core.model.adapter.LoraAdapter;
import io.tornadogpt.core.model.adapter.LoraAdapter.LowRank;
import io.tornadogpt.core.model.adapter.PeftConfig;
import io.tornadogpt.core.model.arch.Part;
import io.tornadogpt.core.model.family.ConfigDocument;
import io.tornadogpt.core.model.family.Piece;
import io.tornadogpt.core.model.family.Task;
import io.tornadogpt.core.model.graph.AdaptedParameter;
import io.tornadogpt.core.model.graph.Parameter;
import io.tornadogpt.core.tensor.TensorSpec;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/// The tensors of an adapter in PEFT's layout, open, and what they are in a model.
///
/// Ranks and scales may differ from block to block, and blocks may lack an adapter: all are then as
/// wide as the widest, with zeros, and the scales are part of `b`. What the adapter adds is the
/// same.
final class AdapterWeights implements AutoCloseable {
    static final String FILE = "adapter_model.safetensors";

    /// What names of tensors begin with.
    static final String PREFIX = "base_model.model.";

    static final String A = ".lora_A.weight";
    static final String B = ".lora_B.weight";

    /// Under which the file tells the names of labels, one a line.
    static final String LABELS = "tornadogpt.labels";

    /// Under which the file tells what labels are made from.
    static final String POOLING = "tornadogpt.pooling";

    /// The weight of a layer with an adapter, which is the model's own.
    private static final String ITS_OWN = ".base_layer.weight";

    private final PeftConfig peft;
    private final TensorSource source;
    private final ModelConfig config;
    private final LinearLayers linear;
    private final Map<String, Place> places = new HashMap<>();
    private final Map<LinearLayer, Blocks> blocks = new LinkedHashMap<>();
    private final Map<String, Saved> savable = new HashMap<>();
    private final Map<String, Part> parts = new LinkedHashMap<>();
    private final Set<Part> saved = EnumSet.noneOf(Part.class);
    private final LoraAdapter adapter;

    /// A linear layer of one block.
    private record Place(LinearLayer layer, int block, String module) {}

    /// The names that a layer has in the blocks that have an adapter of it, by block.
    ///
    /// @param names as in the file, without what comes behind the module's name
    private record Blocks(TreeMap<Integer, String> names) {}

    /// A tensor that an adapter can have as a whole.
    private record Saved(Part part, List<Long> shape) {}

    private AdapterWeights(PeftConfig peft, TensorSource source, ModelConfig config)
            throws ModelFileException {
        this.peft = peft;
        this.source = source;
        this.config = config;
        this.linear = new LinearLayers(config);
        places();
        savable();
        for (StoredTensor tensor : source.tensors()) {
            take(tensor);
        }
        requireWholeParts();
        this.adapter = resolved();
    }

    /// Opens an adapter's directory.
    ///
    /// @param base the model that it is for
    static AdapterWeights open(Path directory, StoredModel base) throws IOException {
        if (!Files.isDirectory(directory)) {
            throw new ModelFileException(
                    directory,
                    "the adapter",
                    Files.exists(directory) ? "is a file" : "does not exist",
                    "name a directory with %s and %s".formatted(PeftConfig.FILE, FILE));
        }
        PeftConfig peft = PeftConfig.read(directory);
        Path file = directory.resolve(FILE);
        if (!Files.exists(file)) {
            boolean pickled = Files.exists(directory.resolve("adapter_model.bin"));
            throw new ModelFileException(
                    file,
                    "the file",
                    "does not exist"
                            + (pickled ? ", only adapter_model.bin, which is not read" : ""),
                    "save the adapter as safetensors");
        }
        TensorSource source = SafetensorsFile.open(file);
        try {
            return new AdapterWeights(peft, source, withLabels(peft, source, base));
        } catch (IOException | RuntimeException e) {
            source.close();
            throw e;
        }
    }

    /// The configuration of the model, with the head for labels that an adapter may bring.
    private static ModelConfig withLabels(PeftConfig peft, TensorSource source, StoredModel base)
            throws IOException {
        ModelConfig config = base.config();
        if (!PeftConfig.LABELS.equals(peft.taskType()) || config.task() instanceof Task.Labels) {
            return config;
        }
        String name = PREFIX + config.family().module(Part.CLASSIFIER) + ".weight";
        StoredTensor classifier = source.tensor(name);
        Path file = base.path().resolve(ModelDirectory.CONFIG_FILE);
        var pooling =
                Files.exists(file)
                        ? config.family().pooling(ConfigDocument.read(file), config.architecture())
                        : Task.Pooling.LAST;
        return config.with(labels(source, Math.toIntExact(classifier.shape().getFirst()), pooling));
    }

    /// Labels by the names that the file tells beside its tensors, which PEFT passes over.
    private static Task.Labels labels(TensorSource source, int count, Task.Pooling pooling) {
        Map<String, String> told = source.metadata();
        Task.Pooling own = pooling;
        for (Task.Pooling each : Task.Pooling.values()) {
            own = each.name().equals(told.get(POOLING)) ? each : own;
        }
        List<String> names = told.getOrDefault(LABELS, "").lines().toList();
        return names.size() == count ? new Task.Labels(names, own) : new Task.Labels(count, own);
    }

    /// What the model is with the adapter.
    ModelConfig config() {
        return config;
    }

    /// What the adapter changes.
    LoraAdapter adapter() {
        return adapter;
    }

    private void places() {
        for (LinearLayer layer : linear.all()) {
            if (layer.inFiles()) {
                int count = layer.module().contains("*") ? config.architecture().layers() : 1;
                for (int block = 0; block < count; block++) {
                    String module = layer.module().replace("*", Integer.toString(block));
                    var place = new Place(layer, block, module);
                    places.put(module, place);
                    places.putIfAbsent(withoutPrefix(module), place);
                }
            }
        }
    }

    /// Adapters of a model without a head have names without the module that holds it.
    private String withoutPrefix(String name) {
        String prefix = config.family().prefix();
        return name.startsWith(prefix) ? name.substring(prefix.length()) : name;
    }

    private void savable() {
        WeightFiles files = WeightFiles.of(config);
        for (Parameter parameter : files.stored()) {
            Part part = parameter.part();
            if (part == null || files.isZero(parameter)) {
                continue;
            }
            for (int slice = 0; slice < parameter.spec().slices(); slice++) {
                for (Piece piece : files.pieces(parameter, parameter.spec(), slice, "")) {
                    var tensor = new Saved(part, StoredPieces.shape(parameter.spec(), piece));
                    parts.put(piece.name(), part);
                    savable.put(piece.name(), tensor);
                    savable.putIfAbsent(withoutPrefix(piece.name()), tensor);
                }
            }
        }
    }

    private void take(StoredTensor tensor) throws ModelFileException {
        String name = tensor.name();
        if (!name.startsWith(PREFIX)) {
            throw bad(name, "does not begin with " + PREFIX, "save the adapter with PEFT");
        }
        String inner = name.substring(PREFIX.length());
        if (inner.endsWith(A) || inner.endsWith(B)) {
            takeLowRank(tensor, inner.substring(0, inner.length() - A.length()));
            return;
        }
        for (String unknown : List.of("lora_magnitude_vector", "lora_embedding_", "lora_B.bias")) {
            if (inner.contains("." + unknown)) {
                throw bad(
                        name,
                        "is of a kind that is not supported",
                        "use an adapter of linear layers, without DoRA and without biases");
            }
        }
        if (inner.endsWith(ITS_OWN)
                && places.containsKey(inner.substring(0, inner.length() - ITS_OWN.length()))) {
            return;
        }
        Saved whole = savable.get(inner);
        if (whole == null) {
            throw otherModel(name, "is of no layer of this model, " + described());
        }
        requireShape(tensor, whole.shape);
        saved.add(whole.part);
    }

    private void takeLowRank(StoredTensor tensor, String module) throws ModelFileException {
        Place place = places.get(module);
        if (place == null) {
            throw otherModel(tensor.name(), "is of no linear layer of this model, " + described());
        }
        LinearLayer layer = place.layer;
        long rank = peft.rank(module);
        boolean a = tensor.name().endsWith(A);
        requireShape(
                tensor, a ? List.of(rank, (long) layer.in()) : List.of((long) layer.out(), rank));
        if (source.find(PREFIX + module + (a ? B : A)) == null) {
            throw bad(
                    tensor.name(),
                    "stands without the other of its two matrices",
                    "save the adapter again");
        }
        blocks.computeIfAbsent(layer, l -> new Blocks(new TreeMap<>()))
                .names
                .put(place.block, module);
    }

    private void requireShape(StoredTensor tensor, List<Long> shape) throws ModelFileException {
        if (!tensor.shape().equals(shape) || !tensor.type().isFloat()) {
            throw otherModel(
                    tensor.name(),
                    "is %s %s, but this model and %s make it %s"
                            .formatted(tensor.type(), tensor.shape(), PeftConfig.FILE, shape));
        }
    }

    private String described() {
        return "%s with %d blocks of width %d"
                .formatted(
                        config.family().modelType(),
                        config.architecture().layers(),
                        config.architecture().width());
    }

    private ModelFileException otherModel(String tensor, String problem) {
        return bad(tensor, problem, "use the adapter with the model that it was trained on");
    }

    private ModelFileException bad(String tensor, String problem, String advice) {
        return new ModelFileException(
                source.path(), "tensor " + BadFileException.quote(tensor), problem, advice);
    }

    /// A layer that is kept as a whole must be there in all blocks, with all that it has.
    private void requireWholeParts() throws ModelFileException {
        for (Map.Entry<String, Part> entry : parts.entrySet()) {
            if (saved.contains(entry.getValue()) && find(entry.getKey()) == null) {
                throw bad(
                        PREFIX + entry.getKey(),
                        "is missing, though the adapter keeps that layer as a whole",
                        "save the adapter again");
            }
        }
    }

    /// A tensor by its name in the model's files, under the name that it has here.
    private @Nullable StoredTensor find(String name) {
        StoredTensor full = source.find(PREFIX + name);
        return full == null ? source.find(PREFIX + withoutPrefix(name)) : full;
    }

    private LoraAdapter resolved() throws ModelFileException {
        Map<Part, LowRank> layers = new EnumMap<>(Part.class);
        for (Map.Entry<LinearLayer, Blocks> entry : blocks.entrySet()) {
            LinearLayer layer = entry.getKey();
            int rank =
                    entry.getValue().names.values().stream().mapToInt(peft::rank).max().orElse(1);
            double alpha = scaleOf(layer) * (peft.rslora() ? Math.sqrt(rank) : rank);
            for (Part part : layer.parts()) {
                layers.put(part, new LowRank(layer.module(), rank, alpha));
            }
        }
        if (layers.isEmpty() && saved.isEmpty()) {
            throw new ModelFileException(
                    source.path(), "the file", "holds no adapter", "save the adapter again");
        }
        return new LoraAdapter("", layers, peft.dropout(), peft.rslora(), saved);
    }

    /// The scale that all blocks of a layer have here: that of its first adapter.
    private double scaleOf(LinearLayer layer) {
        return peft.scale(Objects.requireNonNull(blocks.get(layer)).names.firstEntry().getValue());
    }

    /// Gives a session the adapter.
    ///
    /// @param model with this adapter, whatever its name and prefix
    void load(Model model, Session session) throws IOException {
        if (model.adapter() == null || !model.adapter().named("").equals(adapter)) {
            throw new IllegalArgumentException(
                    "%s is another adapter than that of the model; use the one that the file describes"
                            .formatted(source.path()));
        }
        for (AdaptedParameter own : model.adapted()) {
            TensorSpec spec = own.parameter().spec();
            if (session.holds(spec)) {
                for (int slice = 0; slice < spec.slices(); slice++) {
                    session.writeFloats(spec, slice, read(own, slice));
                }
            }
        }
    }

    /// One slice of a parameter of the adapter.
    float[] read(AdaptedParameter own, int slice) throws ModelFileException {
        TensorSpec spec = own.parameter().spec();
        var values = new float[Math.toIntExact(spec.shape().elements())];
        int block = spec.first() + slice;
        switch (own.kind()) {
            case A -> readA(layerOf(own.part()), block, values);
            case B -> readB(own.part(), block, spec.shape().columns(), values);
            case SAVED -> readSaved(own, block, values);
        }
        return values;
    }

    private LinearLayer layerOf(Part part) {
        return linear.named(adapter.layer(part).module());
    }

    private void readA(LinearLayer layer, int block, float[] values) throws ModelFileException {
        String module = moduleOf(layer, block);
        if (module != null) {
            float[] stored = source.floats(PREFIX + module + A);
            System.arraycopy(stored, 0, values, 0, stored.length);
        }
    }

    private void readB(Part part, int block, int rank, float[] values) throws ModelFileException {
        LinearLayer layer = layerOf(part);
        String module = moduleOf(layer, block);
        if (module == null) {
            return;
        }
        float[] stored = source.floats(PREFIX + module + B);
        int columns = peft.rank(module);
        double first = scaleOf(layer);
        double scale = peft.scale(module);
        float factor = scale == first ? 1 : (float) (scale / first);
        for (Outputs outputs : layer.outputs()) {
            if (outputs.part() == part) {
                for (int row = 0; row < outputs.count(); row++) {
                    int from = outputs.place().applyAsInt(row) * columns;
                    for (int column = 0; column < columns; column++) {
                        values[row * rank + column] = factor * stored[from + column];
                    }
                }
            }
        }
    }

    private @Nullable String moduleOf(LinearLayer layer, int block) {
        return Objects.requireNonNull(blocks.get(layer)).names.get(block);
    }

    private void readSaved(AdaptedParameter own, int block, float[] values)
            throws ModelFileException {
        WeightFiles files = WeightFiles.of(config);
        String kind = own.parameter().spec().name();
        kind = kind.substring(kind.lastIndexOf('.'));
        String name = config.family().module(own.part()) + kind;
        for (Parameter parameter : files.stored()) {
            if (parameter.spec().name().equals(name)) {
                int slice = block - parameter.spec().first();
                var pieces = new ArrayList<Piece>();
                for (Piece piece : files.pieces(parameter, parameter.spec(), slice, "")) {
                    StoredTensor stored = find(piece.name());
                    pieces.add(piece.named(stored == null ? PREFIX + piece.name() : stored.name()));
                }
                StoredPieces.read(source, pieces, values);
                return;
            }
        }
        throw new IllegalStateException("no parameter " + name);
    }

    @Override
    public void close() {
        source.close();
    }
}
