package io.tornadogpt.core.model;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.core.files.Manifest;
import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.model.adapter.LoraAdapter;
import io.tornadogpt.core.model.adapter.PeftConfig;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/// A model on disk and an adapter of it, a directory in PEFT's layout: `adapter_config.json` and
/// `adapter_model.safetensors`.
///
/// ```
/// StoredModel stored = StoredModel.open(Path.of("gpt2"), Path.of("my-adapter"));
/// ```
///
/// Several adapters of one model may share a session: [#named] gives each a name, and
/// [#loadAdapter] writes no more than the adapter.
///
/// Safe for use by several threads.
public final class AdaptedModel implements StoredModel {
    private final StoredModel base;
    private final Path directory;
    private final ModelConfig config;
    private final LoraAdapter adapter;

    private AdaptedModel(
            StoredModel base, Path directory, ModelConfig config, LoraAdapter adapter) {
        this.base = base;
        this.directory = directory;
        this.config = config;
        this.adapter = adapter;
    }

    /// Reads what an adapter is and checks that it fits to a model, and its files against their
    /// [Manifest] where there is one.
    ///
    /// @throws ModelFileException where a file is missing or malformed, asks for what is not
    ///   supported, or was made for another model, naming what differs
    /// @throws IllegalArgumentException for a model that has an adapter already
    public static AdaptedModel open(StoredModel base, Path adapter) throws IOException {
        if (base instanceof AdaptedModel adapted) {
            throw new IllegalArgumentException(
                    "%s has the adapter %s already; merge that one first to add %s"
                            .formatted(adapted.path(), adapted.directory, adapter));
        }
        Manifest.verifyIn(adapter, OptimizerFile.NAME);
        try (var weights = AdapterWeights.open(adapter, base)) {
            return new AdaptedModel(base, adapter, weights.config(), weights.adapter());
        }
    }

    /// As [#open(StoredModel, Path)], with the model that the adapter's files name.
    ///
    /// @throws ModelFileException where they name none, or none that is on this machine
    static AdaptedModel open(Path adapter) throws IOException {
        String named = PeftConfig.read(adapter).base();
        Path base = named == null ? null : pathOf(named);
        if (base == null || !Files.exists(base)) {
            throw new ModelFileException(
                    adapter.resolve(PeftConfig.FILE),
                    "base_model_name_or_path",
                    named == null
                            ? "says of no model that the adapter is for"
                            : "is %s, which is not on this machine"
                                    .formatted(BadFileException.quote(named)),
                    "name the model's directory beside the adapter's");
        }
        return open(StoredModel.open(base), adapter);
    }

    private static @Nullable Path pathOf(String name) {
        try {
            return Path.of(name);
        } catch (InvalidPathException e) {
            return null;
        }
    }

    /// The same adapter under a name, which its parameters, caches and programs are called with.
    public AdaptedModel named(String name) {
        return new AdaptedModel(base, directory, config, adapter.named(name));
    }

    /// The model without the adapter.
    public StoredModel base() {
        return base;
    }

    /// The directory of the adapter.
    public Path directory() {
        return directory;
    }

    /// What the adapter changes.
    public LoraAdapter adapter() {
        return adapter;
    }

    /// That of the model without the adapter.
    @Override
    public Path path() {
        return base.path();
    }

    /// What the model is with the adapter, which may bring a head for labels.
    @Override
    public ModelConfig config() {
        return config;
    }

    @Override
    public Model model() {
        return new Model(config).with(adapter);
    }

    @Override
    public OpenWeights openWeights() throws IOException {
        return merged();
    }

    private MergedWeights merged() throws IOException {
        OpenWeights weights = base.openWeights();
        try {
            return new MergedWeights(weights, AdapterWeights.open(directory, base), model());
        } catch (IOException | RuntimeException e) {
            weights.close();
            throw e;
        }
    }

    /// Into a model without this adapter it is merged.
    @Override
    public void load(Model model, Session session) throws IOException {
        if (isIn(model)) {
            base.load(model, session);
            loadAdapter(model, session);
        } else {
            loadUnderHead(model, session, 0);
        }
    }

    /// Into a model without this adapter it is merged.
    @Override
    public void loadUnderHead(Model model, Session session, long seed) throws IOException {
        base.loadUnderHead(model, session, seed);
        if (isIn(model)) {
            loadAdapter(model, session);
            return;
        }
        try (MergedWeights weights = merged()) {
            weights.writeTo(session, model);
        }
    }

    private boolean isIn(Model model) {
        LoraAdapter its = model.adapter();
        return its != null && its.named("").equals(adapter.named(""));
    }

    /// Gives a session the adapter alone; the model's own weights are there already.
    ///
    /// @param model with this adapter
    public void loadAdapter(Model model, Session session) throws IOException {
        try (var weights = AdapterWeights.open(directory, base)) {
            weights.load(model, session);
        }
    }
}
