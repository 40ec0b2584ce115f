package io.tornadogpt.trainer.run;

import io.tornadogpt.core.files.AtomicDirectory;
import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.core.files.DirectoryLock;
import io.tornadogpt.core.files.Storage;
import io.tornadogpt.core.model.ModelDirectory;
import io.tornadogpt.core.model.adapter.PeftConfig;
import io.tornadogpt.trainer.settings.RunSettings;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The output directory of a training run, and what lies where in it:
///
/// ```
/// run.json            seed, order, device, data: with the settings, all that a resume needs
/// settings.json       model.* and train.*, resolved
/// data/               the run's tokens and tokenizer, or its rows, where they were made for it
/// starts.jsonl        on what machine the run was started, and where it was resumed
/// metrics.jsonl       one line a step
/// samples.jsonl       what the model wrote every so many steps
/// results.json        what the task found out at the end, as tables
/// report.html         all of this as a page to look at
/// best/               the model with the lowest validation loss, and SHA256SUMS of its files
/// adapter/            of a run that trains an adapter instead of the model: in PEFT's layout, the
///                     one with the lowest validation loss, or the last where none was measured
/// checkpoints/        the last states from which the run can go on, `train.keepCheckpoints` of them
///     step-00001000/  a model directory or an adapter's, optimizer.safetensors, trainer.json, and
///                     SHA256SUMS
/// .lock               while somebody trains here
/// ```
///
/// Names that begin with a dot and end in `.partial`, `.ready`, `.previous` or `.discarded` are
/// what a save is at work on; the next start after a crash settles them.
///
/// @param path the output directory
public record RunDirectory(Path path) {
    private static final String ORIGIN = "run.json";
    private static final String DATA = "data";
    private static final String CHECKPOINTS = "checkpoints";
    private static final Pattern STEP = Pattern.compile("step-(\\d{8})");

    private static final DateTimeFormatter TIMESTAMP =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT);

    /// What is written into the directory itself.
    private static final Set<String> OWN =
            Set.of(
                    ORIGIN,
                    "model.json",
                    "settings.json",
                    "starts.jsonl",
                    "metrics.jsonl",
                    "samples.jsonl",
                    "results.json",
                    "report.html",
                    "evaluation.json",
                    "bias.json",
                    "asked",
                    "best",
                    "adapter");

    /// What a process that was killed while it took the directory leaves.
    private static final Set<String> HIDDEN = Set.of(DirectoryLock.FILE, "." + ORIGIN + ".partial");

    private static final int KEPT_ATTEMPTS = 100;
    private static final long KEPT_PAUSE_NANOS = 20_000_000;

    /// How the run was begun.
    public Path origin() {
        return path.resolve(ORIGIN);
    }

    /// The folder of the run's own tokens.
    public Path data() {
        return path.resolve(DATA);
    }

    /// What the model is, in the form of a model directory's `config.json`.
    public Path modelConfig() {
        return path.resolve("model.json");
    }

    /// The run's settings.
    public Path settings() {
        return path.resolve("settings.json");
    }

    /// Reads the settings that the run was trained with, where they are those of a model and its
    /// training alone.
    public RunSettings readSettings() throws IOException {
        return readSettings(Map.of());
    }

    /// Reads the settings that the run was trained with.
    ///
    /// @param groups that there are beside the model and its training, with any values
    public RunSettings readSettings(Map<String, Record> groups) throws IOException {
        return RunSettings.read(modelConfig(), settings(), groups);
    }

    /// Where and when the run was started and resumed.
    public Path starts() {
        return path.resolve("starts.jsonl");
    }

    /// The run's metrics.
    public Path metrics() {
        return path.resolve("metrics.jsonl");
    }

    /// What the model wrote while it was trained.
    public Path samples() {
        return path.resolve("samples.jsonl");
    }

    /// What the run's task found out at its end, as tables.
    public Path results() {
        return path.resolve("results.json");
    }

    /// The page that shows the run.
    public Path report() {
        return path.resolve("report.html");
    }

    /// The model with the lowest validation loss, where one was measured.
    public Path best() {
        return path.resolve("best");
    }

    /// The adapter with the lowest validation loss, or the last where none was measured.
    public Path adapter() {
        return path.resolve("adapter");
    }

    /// The folder of checkpoints.
    public Path checkpoints() {
        return path.resolve(CHECKPOINTS);
    }

    /// Where the checkpoint after `step` updates lies.
    public Path checkpoint(int step) {
        return checkpoints().resolve(String.format(Locale.ROOT, "step-%08d", step));
    }

    /// All complete checkpoints, oldest first.
    public List<Path> allCheckpoints() throws IOException {
        if (!Files.isDirectory(checkpoints())) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(checkpoints())) {
            return new ArrayList<>(
                    files.filter(file -> stepOf(file).isPresent())
                            .sorted(Comparator.comparing(Path::getFileName))
                            .toList());
        }
    }

    /// The newest complete checkpoint.
    public Optional<Path> lastCheckpoint() throws IOException {
        List<Path> all = allCheckpoints();
        return all.isEmpty() ? Optional.empty() : Optional.of(all.getLast());
    }

    /// The newest complete checkpoint of fewer updates than some.
    Optional<Path> lastCheckpointBefore(int steps) throws IOException {
        return allCheckpoints().reversed().stream()
                .filter(path -> stepOf(path).orElseThrow() < steps)
                .findFirst();
    }

    /// The directory that a user means by "the model" when naming a run: the best model or adapter
    /// where one was kept, the last checkpoint otherwise; the directory itself where it is a model
    /// or an adapter. Opening it as a [io.tornadogpt.core.model.StoredModel] checks whether it is
    /// as it was saved.
    public Path model() throws IOException {
        if (isModel(path)) {
            return path;
        }
        for (Path kept : List.of(best(), adapter())) {
            await(kept);
            if (isModel(kept)) {
                return kept;
            }
        }
        return lastCheckpoint().orElse(path);
    }

    /// Where a kept model is about to be replaced: settles that, if whoever did it has died;
    /// otherwise waits a moment for it.
    private void await(Path kept) throws IOException {
        for (int i = 0; i < KEPT_ATTEMPTS && AtomicDirectory.isUnsettled(kept); i++) {
            Optional<DirectoryLock> lock = DirectoryLock.take(path);
            if (lock.isPresent()) {
                try (DirectoryLock _ = lock.get()) {
                    AtomicDirectory.recover(kept);
                }
                return;
            }
            LockSupport.parkNanos(KEPT_PAUSE_NANOS);
        }
    }

    /// Brings the directory to a whole state after a run that was cut off: finishes what was about
    /// to take its place, and takes away what was not complete. For its only writer.
    void recover(Storage storage) throws IOException {
        AtomicDirectory.recoverAll(storage, path, OWN::contains);
        AtomicDirectory.recoverAll(storage, data(), name -> true);
        AtomicDirectory.recoverAll(storage, checkpoints(), name -> true);
    }

    /// The run that a checkpoint belongs to, where a path names one: `RUN/checkpoints/step-N`.
    public static Optional<RunDirectory> ofCheckpoint(Path path) {
        Path whole = path.toAbsolutePath().normalize();
        Path folder = whole.getParent();
        Path run = folder == null ? null : folder.getParent();
        if (folder == null
                || run == null
                || !folder.endsWith(CHECKPOINTS)
                || stepOf(whole).isEmpty()) {
            return Optional.empty();
        }
        Path asGiven = path.resolve("..").resolve("..").normalize();
        boolean relative = !path.isAbsolute() && !asGiven.startsWith("..");
        Path named = relative && !asGiven.toString().isEmpty() ? asGiven : run;
        return Optional.of(new RunDirectory(named)).filter(r -> Files.exists(r.origin()));
    }

    private static boolean isModel(Path directory) {
        return Files.exists(directory.resolve(ModelDirectory.CONFIG_FILE))
                || Files.exists(directory.resolve(PeftConfig.FILE));
    }

    /// A directory that does not exist yet, named after a run and the time.
    ///
    /// @param folder of runs
    /// @param name such as that of the data
    public static RunDirectory unused(Path folder, String name) {
        String unique = name + "-" + LocalDateTime.now(ZoneId.systemDefault()).format(TIMESTAMP);
        Path path = folder.resolve(unique);
        for (int i = 2; Files.exists(path); i++) {
            path = folder.resolve(unique + "-" + i);
        }
        return new RunDirectory(path);
    }

    /// Keeps the directory for this process, and makes it if need be.
    ///
    /// @throws RunDirectoryException where another one trains in it, or it cannot be written
    DirectoryLock lock(Storage storage) {
        requireNoFile();
        make(storage, path);
        try {
            Optional<DirectoryLock> lock = DirectoryLock.take(path);
            if (lock.isPresent()) {
                return lock.get();
            }
            throw RunDirectoryException.inUse(path, DirectoryLock.holder(path));
        } catch (IOException e) {
            throw notWritable(e);
        }
    }

    /// The run in a folder of runs that has a model and was written to last.
    ///
    /// @param folder of runs, which need not be there
    public static Optional<RunDirectory> newest(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return Optional.empty();
        }
        RunDirectory newest = null;
        FileTime latest = FileTime.fromMillis(Long.MIN_VALUE);
        try (Stream<Path> paths = Files.list(folder)) {
            for (Path path : paths.sorted().toList()) {
                var run = new RunDirectory(path);
                if (Files.exists(run.metrics()) && run.hasModel()) {
                    FileTime written = Files.getLastModifiedTime(run.metrics());
                    if (written.compareTo(latest) >= 0) {
                        latest = written;
                        newest = run;
                    }
                }
            }
        }
        return Optional.ofNullable(newest);
    }

    private boolean hasModel() throws IOException {
        return isModel(best()) || isModel(adapter()) || lastCheckpoint().isPresent();
    }

    /// Takes the directory for a new run, before its data is prepared: writes `run.json`. What an
    /// earlier attempt left that ended before its first step is used again.
    ///
    /// @throws RunDirectoryException where it holds another run or anything else, or cannot be
    ///   written
    public void begin(RunOrigin origin) throws IOException {
        boolean begunBefore = Files.exists(origin()) && !Files.exists(settings());
        requireNothingBut(begunBefore ? Set.of(ORIGIN, DATA, CHECKPOINTS) : Set.of());
        make(Storage.DISK, path);
        try {
            origin.write(this);
        } catch (IOException e) {
            throw notWritable(e);
        }
    }

    /// Removes what [#begin] and the preparation of data made, unless the run got to its settings.
    public void abandon() throws IOException {
        if (Files.exists(settings()) || !Files.exists(origin())) {
            return;
        }
        for (Path mine : List.of(data(), checkpoints(), origin())) {
            deleteTree(mine);
        }
        deleteIfEmpty();
    }

    /// Takes the directory away if nothing is in it but the claim on it.
    void deleteIfEmpty() throws IOException {
        if (!Files.isDirectory(path)) {
            return;
        }
        try (Stream<Path> rest = Files.list(path)) {
            if (rest.anyMatch(file -> !file.endsWith(DirectoryLock.FILE))) {
                return;
            }
        }
        deleteTree(path);
    }

    /// Makes the directory for a new run; its data may lie there already.
    ///
    /// @throws RunDirectoryException where it holds another run or anything else, or cannot be
    ///   written
    void create(Storage storage) throws IOException {
        requireNothingBut(Set.of(ORIGIN, DATA, CHECKPOINTS));
        makeCheckpoints(storage);
    }

    /// Makes the folder of checkpoints, if need be.
    void makeCheckpoints(Storage storage) {
        make(storage, checkpoints());
    }

    /// Removes what a new run made that did not get to its first step.
    void withdraw() throws IOException {
        for (Path mine :
                List.of(settings(), modelConfig(), starts(), metrics(), samples(), checkpoints())) {
            deleteTree(mine);
        }
        boolean empty = false;
        try (Stream<Path> rest = Files.list(path)) {
            empty = rest.findAny().isEmpty();
        }
        if (empty) {
            Files.delete(path);
        }
    }

    private void requireNothingBut(Set<String> expected) throws IOException {
        if (Files.exists(settings())) {
            throw new RunDirectoryException(path, "holds another run", true, null);
        }
        requireNoFile();
        if (!Files.isDirectory(path)) {
            return;
        }
        try (Stream<Path> files = Files.list(path)) {
            Optional<String> other =
                    files.map(file -> file.getFileName().toString())
                            .filter(name -> !expected.contains(name))
                            .filter(name -> !HIDDEN.contains(name))
                            .min(Comparator.naturalOrder());
            if (other.isPresent()) {
                throw new RunDirectoryException(
                        path,
                        "is not empty: it holds " + BadFileException.quote(other.get()),
                        false,
                        null);
            }
        } catch (FileSystemException e) {
            throw notWritable(e);
        }
    }

    private void requireNoFile() {
        if (Files.exists(path) && !Files.isDirectory(path)) {
            throw new RunDirectoryException(path, "is a file", false, null);
        }
    }

    /// Makes a directory and those around it, and forces their names to disk: a checkpoint in a
    /// directory whose name is lost is lost.
    private void make(Storage storage, Path directory) {
        try {
            AtomicDirectory.createAll(storage, directory);
        } catch (IOException e) {
            throw notWritable(e);
        }
    }

    private RunDirectoryException notWritable(IOException e) {
        String reason =
                switch (e) {
                    case AccessDeniedException _ -> "permission denied";
                    case FileSystemException f when f.getReason() != null -> f.getReason();
                    default -> "the system does not let it be made";
                };
        return new RunDirectoryException(
                path, "cannot be written (%s)".formatted(reason), false, e);
    }

    /// Deletes all checkpoints but the newest.
    ///
    /// @param kept how many stay
    void prune(Storage storage, int kept) throws IOException {
        List<Path> all = allCheckpoints();
        for (Path old : all.subList(0, Math.max(0, all.size() - kept))) {
            AtomicDirectory.delete(storage, old);
        }
    }

    /// Deletes the checkpoints that came after one from which the run goes on.
    void deleteAfter(Storage storage, Path checkpoint) throws IOException {
        for (Path other : allCheckpoints()) {
            if (other.getFileName().compareTo(checkpoint.getFileName()) > 0) {
                AtomicDirectory.delete(storage, other);
            }
        }
    }

    private static void deleteTree(Path root) throws IOException {
        if (!Files.exists(root)) {
            return;
        }
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private static Optional<Integer> stepOf(Path checkpoint) {
        Matcher matcher = STEP.matcher(checkpoint.getFileName().toString());
        return matcher.matches()
                ? Optional.of(Integer.parseInt(matcher.group(1)))
                : Optional.empty();
    }
}
