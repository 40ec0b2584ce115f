package io.tornadogpt.trainer.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.files.AtomicDirectory;
import io.tornadogpt.core.files.FileContent;
import io.tornadogpt.core.files.FileSink;
import io.tornadogpt.core.files.Manifest;
import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.files.SafetensorsFile;
import io.tornadogpt.core.files.SafetensorsWriter;
import io.tornadogpt.core.files.Sha256;
import io.tornadogpt.core.files.Storage;
import io.tornadogpt.core.files.TensorSource;
import io.tornadogpt.core.model.OptimizerFile;
import io.tornadogpt.core.model.Trainable;
import io.tornadogpt.core.model.WeightReader;
import io.tornadogpt.core.tensor.TensorSpec;
import io.tornadogpt.trainer.loop.TrainingLoop;
import io.tornadogpt.trainer.settings.Settings;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/// A state from which a run resumes as if it had never stopped: a model directory or an adapter's,
/// and beside it `optimizer.safetensors` and `trainer.json`. Takes its place on disk complete or
/// not at all.
///
/// @param path the directory
/// @param state what `trainer.json` says
public record Checkpoint(Path path, State state) {
    private static final String STATE = "trainer.json";

    /// How optimizer state lies: as the model's weights do in its files; and that a [Manifest] says
    /// what the files are.
    private static final int FORMAT = 3;

    /// From here on a checkpoint has a [Manifest].
    private static final int MANIFEST_FORMAT = 3;

    /// Settings that a resumed run may change: how often it saves and samples, what it keeps in
    /// memory, in which order gradients are added up, so that a run of one process can go on in
    /// several, and where it ends, so that a finished run can be trained further (a schedule that
    /// falls then stretches to the new end).
    private static final Set<String> MAY_CHANGE =
            Set.of(
                    "train.checkpointInterval",
                    "train.keepCheckpoints",
                    "train.sampleInterval",
                    "train.gradientCheckpointing",
                    "train.treeReduction",
                    "train.evalTasks",
                    "train.evalTasksInterval",
                    "train.evalTasksLimit",
                    "train.evalTasksData",
                    "train.steps");

    private static final ObjectMapper JSON =
            new ObjectMapper()
                    .enable(SerializationFeature.INDENT_OUTPUT)
                    .setDefaultPropertyInclusion(JsonInclude.Include.NON_NULL)
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
    /// @param unfinished what of the last step is still to be done, null for nothing
    /// @param logs bytes of the run's logs that belong to the steps done; null in early versions
    /// @param device what the run was computed on; equal descriptions compute equal bits
    /// @param data which tokens the run reads
    /// @param settings all keys of the run, resolved
    /// @param checksums SHA-256 of the files beside this one; null since there is a [Manifest]
    /// @param base what an adapter is trained on; null where the checkpoint holds the whole model
    public record State(
            @Nullable Integer format,
            int step,
            long seed,
            @Nullable Double bestValidationLoss,
            TrainingLoop.@Nullable Unfinished unfinished,
            @Nullable LogLengths logs,
            String device,
            Map<String, String> data,
            Map<String, String> settings,
            @Nullable Map<String, Sha256> checksums,
            @Nullable FrozenBase base) {
        public State {
            if (format != null && format > FORMAT) {
                throw new IllegalArgumentException(
                        "format is %d, and this version knows up to %d; use a newer version"
                                .formatted(format, FORMAT));
            }
            data = new TreeMap<>(data);
            settings = new TreeMap<>(settings);
            checksums = checksums == null ? null : new TreeMap<>(checksums);
        }

        /// Before the first step.
        static State atStart(
                long seed,
                String device,
                Map<String, String> data,
                Settings settings,
                @Nullable FrozenBase base) {
            return new State(
                    FORMAT, 0, seed, null, null, null, device, data, flat(settings), null, base);
        }

        /// The same place in the run, going on with settings that may differ.
        State under(Settings now) {
            return new State(
                    FORMAT,
                    step,
                    seed,
                    bestValidationLoss,
                    unfinished,
                    logs,
                    device,
                    data,
                    flat(now),
                    null,
                    base);
        }

        private static Map<String, String> flat(Settings settings) {
            var flat = new TreeMap<String, String>();
            settings.keys().forEach(key -> flat.put(key, settings.value(key).toString()));
            return flat;
        }

        /// Further in the run.
        State at(TrainingLoop.Position position, LogLengths lengths) {
            return new State(
                    FORMAT,
                    position.step(),
                    seed,
                    position.bestValidationLoss(),
                    position.unfinished(),
                    lengths,
                    device,
                    data,
                    settings,
                    null,
                    base);
        }

        /// Where the loop goes on.
        TrainingLoop.Position position() {
            return new TrainingLoop.Position(step, bestValidationLoss, unfinished);
        }
    }

    /// How long the run's logs were when a checkpoint was made.
    ///
    /// @param starts bytes of `starts.jsonl`
    /// @param metrics bytes of `metrics.jsonl`
    /// @param samples bytes of `samples.jsonl`
    public record LogLengths(
            @JsonProperty(required = true) long starts,
            @JsonProperty(required = true) long metrics,
            @JsonProperty(required = true) long samples) {}

    /// What is saved beside the weights that were learned, and how.
    ///
    /// @param companions files that lie beside the model, such as its tokenizer's, by name
    /// @param state files that the task needs to go on, as they are now
    record Contents(
            Learned learned, Trainable trainable, Map<String, byte[]> companions, TaskState state) {
        /// What a task needs to go on.
        @FunctionalInterface
        interface TaskState {
            /// Files by name.
            Map<String, byte[]> files() throws IOException;
        }

        /// Bytes that a checkpoint takes, nearly.
        long bytes() {
            long optimizer = trainable.moments().stream().mapToLong(TensorSpec::bytes).sum();
            return modelBytes() + optimizer;
        }

        /// Bytes that the model or adapter alone takes, nearly.
        long modelBytes() {
            long weights = learned.tensors().stream().mapToLong(TensorSpec::bytes).sum();
            return weights + companions.values().stream().mapToLong(bytes -> bytes.length).sum();
        }

        /// Writes the model or adapter and its companions.
        void writeModel(FileSink files, WeightReader weights) throws IOException {
            learned.save(files, weights);
            writeCompanions(files);
        }

        private void writeState(FileSink files, WeightReader weights) throws IOException {
            learned.saveState(files, weights);
            writeCompanions(files);
        }

        private void writeCompanions(FileSink files) throws IOException {
            for (var companion : companions.entrySet()) {
                files.write(companion.getKey(), FileContent.of(companion.getValue()));
            }
        }
    }

    /// Writes a checkpoint in place of what stood at `path`.
    ///
    /// @param values weights and optimizer state
    /// @param taskState of [Contents#state], taken together with them
    static Checkpoint save(
            Storage storage,
            Path path,
            Contents contents,
            WeightReader values,
            State state,
            Map<String, byte[]> taskState)
            throws IOException {
        try (var directory = AtomicDirectory.begin(storage, path, contents.bytes())) {
            contents.writeState(directory, values);
            var writer = new SafetensorsWriter();
            OptimizerFile.add(writer, contents.learned.model(), contents.trainable, values);
            directory.write(OptimizerFile.NAME, writer::writeTo);
            for (var file : taskState.entrySet()) {
                directory.write(file.getKey(), FileContent.of(file.getValue()));
            }
            directory.write(STATE, FileContent.of(JSON.writeValueAsBytes(state)));
            directory.commit();
            return new Checkpoint(path, state);
        }
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
        boolean whole = Manifest.isIn(path);
        if (whole) {
            Manifest.read(path).verify(path);
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
        if (!whole) {
            requireChecksums(path, state);
        }
        return new Checkpoint(path, state);
    }

    /// Checkpoints of early versions have the checksums of some files in the state.
    private static void requireChecksums(Path path, State state) throws IOException {
        Map<String, Sha256> checksums = state.checksums;
        Integer format = state.format;
        if (checksums == null || (format != null && format >= MANIFEST_FORMAT)) {
            Manifest.read(path); // says that there is none
            return;
        }
        for (var expected : checksums.entrySet()) {
            Path file = path.resolve(expected.getKey());
            if (!Files.isRegularFile(file) || !Sha256.of(file).equals(expected.getValue())) {
                throw new ModelFileException(
                        file,
                        "the file",
                        "is not the one that was saved: its SHA-256 differs",
                        "resume from another checkpoint of the run");
            }
        }
    }

    /// Writes parameters and optimizer state into a session.
    void restore(Learned learned, Trainable trainable, Session session) throws IOException {
        learned.restore(path, session);
        try (TensorSource source = SafetensorsFile.open(path.resolve(OptimizerFile.NAME))) {
            OptimizerFile.read(source, learned.model(), trainable, session, state.format == null);
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
    /// @param name what a part of the data is called in the message
    /// @throws IllegalArgumentException naming what differs
    void requireSame(
            long seed, Map<String, String> data, Settings settings, UnaryOperator<String> name) {
        State now = State.atStart(seed, state.device, data, settings, null);
        same("seed", state.seed, now.seed);
        requireSameData(now.data, name);
        for (var entry : state.settings.entrySet()) {
            if (!MAY_CHANGE.contains(entry.getKey())) {
                same(entry.getKey(), entry.getValue(), now.settings.get(entry.getKey()));
            }
        }
    }

    private void requireSameData(Map<String, String> now, UnaryOperator<String> name) {
        for (String part : state.data.keySet()) {
            if (!state.data.get(part).equals(now.get(part))) {
                throw new IllegalArgumentException(
                        "%s was trained on other data: %s is %s; resume with the same data, or start a new run"
                                .formatted(
                                        path,
                                        name.apply(part),
                                        now.containsKey(part)
                                                ? "not the same as before (its SHA-256 differs)"
                                                : "missing"));
            }
        }
        if (!state.data.equals(now)) {
            throw new IllegalArgumentException(
                    "%s was trained on other data: there is more of it now; resume with the same data, or start a new run"
                            .formatted(path));
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
