package io.tornadogpt.trainer.run;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.files.FileSink;
import io.tornadogpt.core.files.SafetensorsFile;
import io.tornadogpt.core.files.SafetensorsWriter;
import io.tornadogpt.core.files.StorageType;
import io.tornadogpt.core.files.TensorSource;
import io.tornadogpt.core.model.AdapterDirectory;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.ModelDirectory;
import io.tornadogpt.core.model.SessionTensors;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.core.model.WeightReader;
import io.tornadogpt.core.model.graph.Parameter;
import io.tornadogpt.core.tensor.TensorSpec;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;

/// What a run keeps of its model: all of it, or the adapter alone.
///
/// @param model in the session
/// @param base what an adapter is trained on; null where the model itself is trained
record Learned(Model model, @Nullable StoredModel base) {
    /// The parameters of an adapter under their own names: PEFT's file may have several of them as
    /// one.
    private static final String ADAPTER_STATE = "adapter_state.safetensors";

    /// Whether it is an adapter alone.
    boolean isAdapter() {
        return base != null;
    }

    /// Writes a model directory, or an adapter's.
    void save(FileSink files, WeightReader weights) throws IOException {
        if (base == null) {
            ModelDirectory.save(files, model.config(), model.asStored(weights), StorageType.F32);
        } else {
            String path = base.path().toAbsolutePath().normalize().toString();
            AdapterDirectory.save(files, model, weights, path);
        }
    }

    /// Writes what [#save] does and what [#restore] needs beside it.
    void saveState(FileSink files, WeightReader weights) throws IOException {
        save(files, weights);
        if (base != null) {
            var writer = new SafetensorsWriter();
            SessionTensors.add(writer, weights, tensors());
            files.write(ADAPTER_STATE, writer::writeTo);
        }
    }

    /// Gives a session what [#saveState] wrote.
    void restore(Path directory, Session session) throws IOException {
        if (base == null) {
            ModelDirectory.open(directory).load(model, session);
            return;
        }
        base.loadUnderHead(model, session, 0);
        try (TensorSource source = SafetensorsFile.open(directory.resolve(ADAPTER_STATE))) {
            SessionTensors.read(source, session, tensors(), UnaryOperator.identity());
        }
    }

    /// What is kept: the weights of the model, or those of the adapter.
    List<TensorSpec> tensors() {
        List<Parameter> kept = isAdapter() ? model.adapterParameters() : model.parameters();
        return kept.stream().map(Parameter::spec).toList();
    }
}
