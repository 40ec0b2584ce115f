package io.tornadogpt.curation.run;

import io.tornadogpt.core.files.DirectoryLock;
import io.tornadogpt.core.files.Storage;
import io.tornadogpt.curation.Recipe;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.function.BooleanSupplier;

/// Curates a corpus:
///
/// ```
/// var result =
///         new Curation(List.of(Path.of("raw")), Path.of("clean"), Recipe.named("default")).run();
/// ```
///
/// The result takes its place when it is complete: `train/` and `heldout/` with a JSON object a
/// line, compressed by zstd; `removed/` with the reason of each removal and no text;
/// `manifest.json`, `recipe.json` and `report.html`. Until then the work is done in
/// `.NAME.curating` beside it, and a run that was stopped or killed goes on there from the last
/// complete shard, when it is begun in the same way.
///
/// @param inputs files, and folders of files
/// @param out a folder that does not exist yet
/// @param recipe what is done
/// @param removedTexts a folder for the texts that were removed, outside of `out`; `null` where
///   they are not kept
/// @param engine who does it
/// @param listener hears about it
/// @param stop whether to end early
public record Curation(
        List<Path> inputs,
        Path out,
        Recipe recipe,
        @Nullable Path removedTexts,
        Engine engine,
        CurationListener listener,
        BooleanSupplier stop) {

    /// @throws IllegalArgumentException where there is no input, or one folder lies in another
    public Curation {
        inputs = List.copyOf(inputs);
        if (inputs.isEmpty()) {
            throw new IllegalArgumentException("there is no input; give a file or a folder");
        }
        Path target = absolute(out);
        for (Path input : inputs) {
            if (target.startsWith(absolute(input))) {
                throw new IllegalArgumentException(
                        "the result %s lies in the input %s; write it elsewhere"
                                .formatted(out, input));
            }
        }
        if (removedTexts != null && absolute(removedTexts).startsWith(target)) {
            throw new IllegalArgumentException(
                    "removed texts would lie in the result, at %s; keep them outside of %s"
                            .formatted(removedTexts, out));
        }
    }

    /// On all cores of this machine.
    public Curation(List<Path> inputs, Path out, Recipe recipe) {
        this(
                inputs,
                out,
                recipe,
                null,
                new LocalEngine(Runtime.getRuntime().availableProcessors()),
                new CurationListener() {},
                () -> false);
    }

    private static Path absolute(Path path) {
        return path.toAbsolutePath().normalize();
    }

    /// Does it.
    ///
    /// @throws StoppedException where that was asked for
    /// @throws IllegalArgumentException where something stands at `out`, or another process does it
    /// @throws UnexpectedShareException where a step did not do what the recipe expects
    public CurationResult run() throws IOException {
        return run(Storage.DISK);
    }

    CurationResult run(Storage storage) throws IOException {
        engine.check(recipe);
        requireFree(out);
        if (removedTexts != null) {
            requireFree(removedTexts);
        }
        var directory = WorkDirectory.of(out, storage);
        directory.prepare();
        try (DirectoryLock lock = DirectoryLock.take(directory.path()).orElse(null)) {
            if (lock == null) {
                throw new IllegalArgumentException(
                        "another process curates into %s; wait for it, or write elsewhere"
                                .formatted(out));
            }
            return run(directory);
        } finally {
            engine.close();
        }
    }

    private static void requireFree(Path path) {
        if (Files.exists(path)) {
            throw new IllegalArgumentException(
                    path + " exists already; give the path of a new folder");
        }
    }

    private CurationResult run(WorkDirectory directory) throws IOException {
        directory.clean();
        listener.phase("files");
        Job job = Job.begin(directory, inputs, recipe, removedTexts != null);
        job.begun().problems().forEach(listener::problem);
        if (!job.begun().problems().isEmpty()
                && recipe.onBadInput() == io.tornadogpt.curation.BadInput.STOP) {
            throw new BadCorpusException(job.begun().problems().getFirst());
        }
        listener.phase("documents");
        double[] seconds = engine.runPieces(job, listener, stop);
        listener.phase("duplicates");
        engine.decide(job, stop);
        listener.phase("shards");
        engine.writeShards(job, stop);
        Manifest manifest = job.manifest();
        Path result = directory.result();
        Files.createDirectories(result);
        directory.write(
                result.resolve("recipe.json"), recipe.json().getBytes(StandardCharsets.UTF_8));
        directory.write(result.resolve(Manifest.FILE), manifest.json());
        List<String> names = job.documentSteps();
        var report = new CurationReport(manifest, job.examples(), names, seconds);
        directory.write(
                result.resolve("report.html"), report.html().getBytes(StandardCharsets.UTF_8));
        UnexpectedShareException.check(recipe, manifest, result);
        place(directory);
        return new CurationResult(out, manifest, names, seconds);
    }

    private void place(WorkDirectory directory) throws IOException {
        if (removedTexts != null) {
            Path target = absolute(removedTexts);
            Path parent = target.getParent();
            if (parent != null) {
                Files.createDirectories(parent);
            }
            Files.createDirectories(directory.removed());
            moveFolder(directory.removed(), target);
        }
        Files.move(directory.result(), absolute(out), StandardCopyOption.ATOMIC_MOVE);
        delete(directory.path());
    }

    /// Also to another file system, file by file.
    private static void moveFolder(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        } catch (java.nio.file.AtomicMoveNotSupportedException e) {
            Files.createDirectories(to);
            try (var files = Files.newDirectoryStream(from)) {
                for (Path file : files) {
                    Files.copy(file, to.resolve(file.getFileName().toString()));
                }
            }
        }
    }

    private static void delete(Path folder) throws IOException {
        Files.walkFileTree(
                folder,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                            throws IOException {
                        Files.deleteIfExists(file);
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException e)
                            throws IOException {
                        if (e != null) {
                            throw e;
                        }
                        Files.delete(visited);
                        return FileVisitResult.CONTINUE;
                    }
                });
    }
}
