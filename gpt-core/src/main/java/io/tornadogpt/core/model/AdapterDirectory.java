package io.tornadogpt.core.model;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.files.FileSink;
import io.tornadogpt.core.files.FloatSource;
import io.tornadogpt.core.files.SafetensorsWriter;
import io.tornadogpt.core.files.StorageType;
import io.tornadogpt.core.model.StoredPieces.Assembled;
import io.tornadogpt.core.model.adapter.LinearLayer;
import io.tornadogpt.core.model.adapter.LinearLayer.Outputs;
import io.tornadogpt.core.model.adapter.LinearLayers;
import io.tornadogpt.core.model.adapter.LoraAdapter;
import io.tornadogpt.core.model.adapter.LoraAdapter.LowRank;
import io.tornadogpt.core.model.adapter.PeftConfig;
import io.tornadogpt.core.model.arch.Part;
import io.tornadogpt.core.model.family.Task;
import io.tornadogpt.core.model.graph.AdaptedParameter;
import io.tornadogpt.core.model.graph.AdaptedParameter.Kind;
import io.tornadogpt.core.model.graph.Parameter;
import io.tornadogpt.core.tensor.TensorSpec;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Writes a model's adapter as PEFT does: `adapter_config.json` and `adapter_model.safetensors`.
/// [AdaptedModel] reads it.
///
/// Queries, keys and values that have adapters of their own, where files have them as one layer,
/// are written as one adapter of that layer: its rank is the sum of theirs, and each has its rows
/// and columns.
///
/// Used by one thread at a time.
public final class AdapterDirectory {
    private final Model model;
    private final LoraAdapter adapter;
    private final WeightReader weights;
    private final LinearLayers linear;
    private final Map<String, List<LinearLayer>> byStored = new LinkedHashMap<>();

    private AdapterDirectory(Model model, LoraAdapter adapter, WeightReader weights) {
        this.model = model;
        this.adapter = adapter;
        this.weights = weights;
        this.linear = new LinearLayers(model.config());
        for (LinearLayer layer : linear.all()) {
            if (adapts(layer)) {
                byStored.computeIfAbsent(layer.stored(), s -> new ArrayList<>()).add(layer);
            }
        }
    }

    /// Writes the adapter of a model in a session.
    ///
    /// @param directory exists
    /// @param base where the model without the adapter is, for whoever opens it; null for none
    /// @throws IllegalArgumentException for a model without an adapter
    public static void save(Path directory, Model model, Session session, @Nullable String base)
            throws IOException {
        save(FileSink.in(directory), model, session::readFloats, base);
    }

    /// Writes the adapter of a model.
    ///
    /// @param weights holds the adapter, and those of the model's own weights that it has as a
    ///   whole
    /// @param base where the model without the adapter is, for whoever opens it; null for none
    /// @throws IllegalArgumentException for a model without an adapter
    public static void save(
            FileSink files, Model model, WeightReader weights, @Nullable String base)
            throws IOException {
        LoraAdapter adapter = model.adapter();
        if (adapter == null) {
            throw new IllegalArgumentException("the model has no adapter that could be saved");
        }
        new AdapterDirectory(model, adapter, weights).write(files, base);
    }

    /// Whether a layer has an adapter. One that is kept as a whole too is written with the adapter
    /// merged into it.
    private boolean adapts(LinearLayer layer) {
        Part part = layer.parts().getFirst();
        LowRank low = adapter.layers().get(part);
        return low != null
                && low.module().equals(layer.module())
                && !adapter.saved().contains(part);
    }

    private void write(FileSink files, @Nullable String base) throws IOException {
        peft(base).write(files);
        var writer = new SafetensorsWriter().metadata("format", "pt");
        if (model.config().task() instanceof Task.Labels labels) {
            writer.metadata(AdapterWeights.LABELS, String.join("\n", labels.names()));
            writer.metadata(AdapterWeights.POOLING, labels.pooling().name());
        }
        for (List<LinearLayer> layers : byStored.values()) {
            lowRank(writer, layers);
        }
        saved(writer);
        files.write(AdapterWeights.FILE, writer::writeTo);
    }

    private PeftConfig peft(@Nullable String base) {
        int rank = 1;
        double alpha = 1;
        boolean turned = false;
        boolean first = true;
        var ranks = new LinkedHashMap<String, Integer>();
        var alphas = new LinkedHashMap<String, Double>();
        var targets = new ArrayList<String>();
        var all = new ArrayList<LinearLayer>();
        byStored.keySet().forEach(stored -> all.add(linear.named(stored)));
        for (LinearLayer layer : all) {
            int its = rank(layer.stored());
            double itsAlpha = scale(layer.stored()) * (adapter.rslora() ? Math.sqrt(its) : its);
            if (first) {
                rank = its;
                alpha = itsAlpha;
                first = false;
            }
            String name = LinearLayers.withoutBlock(layer.stored());
            if (its != rank) {
                ranks.put(name, its);
            }
            if (itsAlpha != alpha) {
                alphas.put(name, itsAlpha);
            }
            String target = linear.shortName(layer, all);
            if (!targets.contains(target)) {
                targets.add(target);
            }
            turned |= layer.turned();
        }
        return new PeftConfig(
                rank,
                alpha,
                adapter.dropout(),
                adapter.rslora(),
                targets,
                ranks,
                alphas,
                modulesToSave(),
                turned,
                taskType(),
                base);
    }

    private @Nullable String taskType() {
        return switch (model.config().task()) {
            case Task.Labels _ -> PeftConfig.LABELS;
            case Task.HiddenStates _ -> "FEATURE_EXTRACTION";
            case Task.Tokens _ -> model.architecture().attention().causal() ? "CAUSAL_LM" : null;
        };
    }

    /// A classifier of several layers is one module in PEFT.
    private List<String> modulesToSave() {
        var names = new LinkedHashSet<String>();
        for (Part part : adapter.saved()) {
            String module = model.config().family().module(part);
            int dot = module.indexOf('.');
            boolean classifier = part == Part.CLASSIFIER || part == Part.CLASSIFIER_TRANSFORM;
            names.add(
                    classifier && dot > 0
                            ? module.substring(0, dot)
                            : LinearLayers.withoutBlock(module));
        }
        return List.copyOf(names);
    }

    /// The rank of a layer in the file.
    private int rank(String stored) {
        return layers(stored).stream().mapToInt(layer -> low(layer).rank()).sum();
    }

    /// The scale of a layer in the file: that of its first adapter.
    private double scale(String stored) {
        return adapter.scale(low(layers(stored).getFirst()));
    }

    private List<LinearLayer> layers(String stored) {
        return byStored.getOrDefault(stored, List.of());
    }

    private LowRank low(LinearLayer layer) {
        return adapter.layer(layer.parts().getFirst());
    }

    private void lowRank(SafetensorsWriter writer, List<LinearLayer> layers) {
        LinearLayer first = layers.getFirst();
        TensorSpec like = a(first).parameter().spec();
        int rank = rank(first.stored());
        for (int slice = 0; slice < like.slices(); slice++) {
            int of = slice;
            String module = fileName(first.stored(), like.first() + slice);
            writer.tensor(
                    module + AdapterWeights.A,
                    StorageType.F32,
                    List.of((long) rank, (long) first.in()),
                    source(() -> rowsOfA(layers, of)));
            writer.tensor(
                    module + AdapterWeights.B,
                    StorageType.F32,
                    List.of((long) first.out(), (long) rank),
                    source(() -> columnsOfB(layers, rank, of)));
        }
    }

    private String fileName(String module, int block) {
        String name = module.replace("*", Integer.toString(block));
        return AdapterWeights.PREFIX + inFile(name);
    }

    /// A model without a head has names without the module that holds it.
    private String inFile(String name) {
        String prefix = model.config().family().prefix();
        return model.config().task() instanceof Task.HiddenStates && name.startsWith(prefix)
                ? name.substring(prefix.length())
                : name;
    }

    private float[] rowsOfA(List<LinearLayer> layers, int slice) throws IOException {
        float[] rows = {};
        for (LinearLayer layer : layers) {
            float[] a = weights.read(a(layer).parameter().spec(), slice);
            int from = rows.length;
            rows = Arrays.copyOf(rows, from + a.length);
            System.arraycopy(a, 0, rows, from, a.length);
        }
        return rows;
    }

    private float[] columnsOfB(List<LinearLayer> layers, int rank, int slice) throws IOException {
        var all = new float[layers.getFirst().out() * rank];
        double scale = scale(layers.getFirst().stored());
        int column = 0;
        for (LinearLayer layer : layers) {
            double its = adapter.scale(low(layer));
            float factor = its == scale ? 1 : (float) (its / scale);
            int columns = low(layer).rank();
            for (Outputs outputs : layer.outputs()) {
                float[] b = weights.read(b(outputs.part()).parameter().spec(), slice);
                for (int row = 0; row < outputs.count(); row++) {
                    int to = outputs.place().applyAsInt(row) * rank + column;
                    for (int i = 0; i < columns; i++) {
                        all[to + i] = factor * b[row * columns + i];
                    }
                }
            }
            column += columns;
        }
        return all;
    }

    private AdaptedParameter a(LinearLayer layer) {
        return find(Kind.A, layer.parts().getFirst());
    }

    private AdaptedParameter b(Part part) {
        return find(Kind.B, part);
    }

    private AdaptedParameter find(Kind kind, Part part) {
        for (AdaptedParameter own : model.adapted()) {
            boolean shared =
                    kind == Kind.A
                            && own.kind() == kind
                            && adapter.layer(own.part())
                                    .module()
                                    .equals(adapter.layer(part).module());
            if (shared || own.kind() == kind && own.part() == part) {
                return own;
            }
        }
        throw new IllegalStateException("no " + kind + " of " + part);
    }

    private void saved(SafetensorsWriter writer) {
        WeightFiles files = WeightFiles.of(model.config());
        var tensors = new TreeMap<String, Assembled>();
        for (Parameter parameter : files.stored()) {
            Part part = parameter.part();
            if (part != null && adapter.saved().contains(part) && !files.isZero(parameter)) {
                files.collect(
                        tensors,
                        parameter,
                        parameter.spec(),
                        (spec, slice) -> whole(part, spec, slice),
                        "",
                        name -> AdapterWeights.PREFIX + inFile(name));
            }
        }
        WeightFiles.write(writer, StorageType.F32, tensors.values());
    }

    /// A layer that is kept as a whole, with its adapter merged into it where it has one.
    private float[] whole(Part part, TensorSpec base, int slice) throws IOException {
        String kind = base.name().substring(base.name().lastIndexOf('.'));
        for (AdaptedParameter own : model.adapted()) {
            TensorSpec spec = own.parameter().spec();
            if (own.kind() == Kind.SAVED && own.part() == part && spec.name().endsWith(kind)) {
                float[] values = weights.read(spec, slice);
                LowRank low = adapter.layers().get(part);
                if (low != null && kind.equals(".weight")) {
                    LowRankProduct.add(
                            weights.read(find(Kind.A, part).parameter().spec(), slice),
                            weights.read(b(part).parameter().spec(), slice),
                            low.rank(),
                            adapter.scale(low),
                            values,
                            0);
                }
                return values;
            }
        }
        throw new IllegalStateException("no whole " + base.name());
    }

    /// Values that are made when their first element is asked for.
    private static FloatSource source(Values values) {
        return new FloatSource() {
            private float[] made = {};

            @Override
            public void read(long from, float[] block, int count) throws IOException {
                if (from == 0) {
                    made = values.make();
                }
                System.arraycopy(made, Math.toIntExact(from), block, 0, count);
            }
        };
    }

    /// Makes the values of a tensor.
    @FunctionalInterface
    private interface Values {
        float[] make() throws IOException;
    }
}
