package io.tornadogpt.trainer.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.files.AtomicDirectory;
import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.files.SafetensorsFile;
import io.tornadogpt.core.files.SafetensorsWriter;
import io.tornadogpt.core.files.Sha256;
import io.tornadogpt.core.files.TensorSource;
import io.tornadogpt.core.model.OptimizerFile;
import io.tornadogpt.core.model.Trainable;
import io.tornadogpt.trainer.loop.TrainingTask;
import io.tornadogpt.trainer.settings.Settings;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// A state from which a run resumes as if it had never stopped: a model directory or an adapter's,
/// and beside it `optimizer.safetensors` and `trainer.json`. Takes its place on disk complete or
/// not at all.
///
/// @param path the directory
/// @param state what `trainer.json` says
public record Checkpoint(Path path, State state) {
    private static final String OPTIMIZER = "optimizer.safetensors";
    private static final String STATE = "trainer.json";

    /// How optimizer state lies: as the model's weights do in its files.
    private static final int FORMAT = 2;

    /// Settings that a resumed run may change: how often it saves and samples, what it keeps in
    /// memory, and where it ends, so that a finished run can be trained further (a schedule that
    /// falls then stretches to the new end).
    private static final Set<String> MAY_CHANGE =
            Set.of(
                    "train.checkpointInterval",
                    "train.sampleInterval",
                    "train.gradientCheckpointing",
                    "train.steps");

    private static final ObjectMapper JSON =
            new ObjectMapper()
                    .enable(SerializationFeature.INDENT_OUTPUT)
                    .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                    .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    /// Where a run stands.
    ///
    /// @param format of the checkpoint, [#FORMAT] in those that are written now; null in the first
    ///   ones: then optimizer state lies as GPT-2's weights do
    /// @param step updates done; with the seed it says which batches come next
    /// @param seed of the run
    /// @param bestValidationLoss so far, null where none was measured
    /// @param device what the run was computed on; equal descriptions compute equal bits
    /// @param data which tokens the run reads
    /// @param settings all keys of the run, resolved
    /// @param checksums SHA-256 of the files beside this one
    /// @param base what an adapter is trained on; null where the checkpoint holds the whole model
    public record State(
            @Nullable Integer format,
            int step,
            long seed,
            @Nullable Double bestValidationLoss,
            String device,
            Map<String, String> data,
            Map<String, String> settings,
            Map<String, Sha256> checksums,
            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable FrozenBase base) {
        public State {
            if (format != null && format > FORMAT) {
                throw new IllegalArgumentException(
                        "format is %d, and this version knows up to %d; use a newer version"
                                .formatted(format, FORMAT));
            }
            data = new TreeMap<>(data);
            settings = new TreeMap<>(settings);
            checksums = new TreeMap<>(checksums);
        }

        /// Before the first step.
        static State atStart(
                long seed,
                String device,
                Map<String, String> data,
                Settings settings,
                @Nullable FrozenBase base) {
            return new State(FORMAT, 0, seed, null, device, data, flat(settings), Map.of(), base);
        }

        /// The same place in the run, going on with settings that may differ.
        State under(Settings now) {
            return new State(
                    FORMAT,
                    step,
                    seed,
                    bestValidationLoss,
                    device,
                    data,
                    flat(now),
                    Map.of(),
                    base);
        }

        private static Map<String, String> flat(Settings settings) {
            var flat = new TreeMap<String, String>();
            settings.keys().forEach(key -> flat.put(key, settings.value(key).toString()));
            return flat;
        }

        /// After another step.
        State at(int newStep, @Nullable Double newBest) {
            return new State(
                    FORMAT, newStep, seed, newBest, device, data, settings, Map.of(), base);
        }

        private State with(Map<String, Sha256> newChecksums) {
            return new State(
                    FORMAT,
                    step,
                    seed,
                    bestValidationLoss,
                    device,
                    data,
                    settings,
                    newChecksums,
                    base);
        }
    }

    /// Writes a checkpoint in place of what stood at `path`.
    ///
    /// @param state checksums are made here
    static Checkpoint save(
            Path path,
            Learned learned,
            Trainable trainable,
            TrainingTask task,
            Session session,
            State state)
            throws IOException {
        try (var directory = AtomicDirectory.begin(path)) {
            Path partial = directory.path();
            learned.saveState(partial, session);
            task.addTo(partial);
            var writer = new SafetensorsWriter();
            OptimizerFile.add(writer, learned.model(), trainable, session);
            writer.write(partial.resolve(OPTIMIZER));
            var files = new ArrayList<>(learned.files());
            files.add(OPTIMIZER);
            State complete = state.with(checksums(partial, files));
            JSON.writeValue(partial.resolve(STATE).toFile(), complete);
            directory.commit();
            return new Checkpoint(path, complete);
        }
    }

    private static Map<String, Sha256> checksums(Path directory, Collection<String> files)
            throws IOException {
        var checksums = new TreeMap<String, Sha256>();
        for (String name : files) {
            checksums.put(name, Sha256.of(directory.resolve(name)));
        }
        return checksums;
    }

    /// Opens a checkpoint and checks that its files are as they were written.
    ///
    /// @throws ModelFileException where a file is missing or changed
    public static Checkpoint open(Path path) throws IOException {
        Path file = path.resolve(STATE);
        if (!Files.isRegularFile(file)) {
            throw new ModelFileException(
                    path,
                    "the directory",
                    "has no " + STATE + ", so it is no checkpoint",
                    "name a run's output directory or one of its checkpoints");
        }
        State state;
        try {
            state = JSON.readValue(file.toFile(), State.class);
        } catch (JsonProcessingException e) {
            throw new ModelFileException(
                    file,
                    "the file",
                    "is damaged (" + e.getOriginalMessage() + ")",
                    "resume from another checkpoint of the run",
                    e);
        }
        Map<String, Sha256> actual = checksums(path, state.checksums.keySet());
        for (var expected : state.checksums.entrySet()) {
            if (!expected.getValue().equals(actual.get(expected.getKey()))) {
                throw new ModelFileException(
                        path.resolve(expected.getKey()),
                        "the file",
                        "is not the one that was saved: its SHA-256 differs",
                        "resume from another checkpoint of the run");
            }
        }
        return new Checkpoint(path, state);
    }

    /// Writes parameters and optimizer state into a session.
    void restore(Learned learned, Trainable trainable, Session session) throws IOException {
        learned.restore(path, session);
        try (TensorSource source = SafetensorsFile.open(path.resolve(OPTIMIZER))) {
            OptimizerFile.read(source, learned.model(), trainable, session, state.format() == null);
        }
    }

    /// Checks that an adapter is trained on the model that it was trained on.
    ///
    /// @throws ModelFileException naming the file that differs
    void requireBase(FrozenBase now) throws ModelFileException {
        FrozenBase then = state.base();
        if (then != null) {
            then.requireSame(now);
        }
    }

    /// Checks that a run may go on from here: another seed, other data or other settings would make
    /// it a different run. Only what [#MAY_CHANGE] lists may differ.
    ///
    /// @throws IllegalArgumentException naming what differs
    void requireSame(long seed, Map<String, String> data, Settings settings) {
        State now = State.atStart(seed, state.device, data, settings, null);
        same("seed", state.seed, now.seed);
        if (!state.data.equals(now.data)) {
            throw new IllegalArgumentException(
                    path
                            + " was trained on other data; resume with the same data, or start a"
                            + " new run");
        }
        for (var entry : state.settings.entrySet()) {
            if (!MAY_CHANGE.contains(entry.getKey())) {
                same(entry.getKey(), entry.getValue(), now.settings.get(entry.getKey()));
            }
        }
    }

    private void same(String what, Object then, @Nullable Object now) {
        if (!then.equals(now)) {
            throw new IllegalArgumentException(
                    "%s was trained with %s %s, not %s; resume with the same or start a new run"
                            .formatted(path, what, then, now));
        }
    }
}
