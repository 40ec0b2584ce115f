package io.tornadogpt.curation.run;

import io.tornadogpt.core.files.Sha256;
import io.tornadogpt.curation.Recipe;
import io.tornadogpt.curation.read.Problem;
import io.tornadogpt.curation.step.DocumentStep;
import io.tornadogpt.curation.step.ExactDuplicates;
import io.tornadogpt.curation.step.HeldOut;
import io.tornadogpt.curation.step.MinHash;
import io.tornadogpt.curation.step.Mix;
import io.tornadogpt.curation.step.NearDuplicates;
import io.tornadogpt.curation.step.PassageStep;
import io.tornadogpt.curation.step.PrivateData;
import io.tornadogpt.curation.step.TokenFiles;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.ExecutorService;
import java.util.function.BooleanSupplier;

/// The work of a run, as its directory knows it: pieces to take through the steps for single
/// documents, what becomes of the documents that are left, and shards to write. Pieces and shards
/// may be done in any order, by any process that sees the directory and the input; each is done
/// when its counts stand there.
///
/// Any number of threads may share it.
public final class Job {
    /// What a run was begun with.
    ///
    /// @param recipe with all settings, but without what it expects, which may be corrected
    /// @param keepRemoved whether texts are kept that were removed
    /// @param pieces how many there are
    /// @param files of the input
    /// @param bytes of these
    /// @param plan the checksum of the list of pieces
    /// @param problems that were met when files were looked for
    record Begun(
            String recipe,
            boolean keepRemoved,
            int pieces,
            long files,
            long bytes,
            Sha256 plan,
            List<Problem> problems) {}

    private final WorkDirectory directory;
    private final Begun begun;
    private final Recipe recipe;
    private final @Nullable MinHash near;
    private PieceRun.@Nullable Work work;

    private Job(WorkDirectory directory, Begun begun, Recipe recipe) {
        this.directory = directory;
        this.begun = begun;
        this.recipe = recipe;
        this.near = recipe.step(NearDuplicates.class).map(MinHash::new).orElse(null);
    }

    /// Begins a run, or goes on with one.
    ///
    /// @throws IllegalArgumentException where another run was begun in the directory
    static Job begin(WorkDirectory directory, List<Path> inputs, Recipe recipe, boolean keepRemoved)
            throws IOException {
        Optional<TokenFiles> tokens = recipe.step(TokenFiles.class);
        if (tokens.isPresent()) {
            TokenRun.tokenizer(tokens.get()); // what is wrong with it is said before the work
        }
        Plan.Summary plan = Plan.write(directory, inputs, recipe.reading());
        if (plan.files() == 0) {
            throw new IllegalArgumentException(
                    "there is no file to read in %s%s; give files, or folders of them"
                            .formatted(
                                    inputs,
                                    plan.problems().isEmpty()
                                            ? ""
                                            : " (" + plan.problems().getFirst() + ")"));
        }
        var begun =
                new Begun(
                        recipe.expecting(Map.of()).json(),
                        keepRemoved,
                        plan.pieces(),
                        plan.files(),
                        plan.bytes(),
                        plan.sha256(),
                        plan.problems());
        if (Files.exists(directory.run())) {
            requireSame(directory, begun);
        } else {
            directory.write(directory.run(), Json.PRETTY.writeValueAsBytes(begun));
        }
        return new Job(directory, begun, recipe);
    }

    private static void requireSame(WorkDirectory directory, Begun begun) throws IOException {
        Begun earlier = Json.MAPPER.readValue(directory.run().toFile(), Begun.class);
        String what =
                !earlier.recipe().equals(begun.recipe())
                        ? "another recipe"
                        : !earlier.plan().equals(begun.plan())
                                ? "other files, or files that have changed since"
                                : earlier.keepRemoved() != begun.keepRemoved()
                                        ? "another choice about removed texts"
                                        : "";
        if (!what.isEmpty()) {
            throw new IllegalArgumentException(
                    "%s holds a run that was not finished and that was begun with %s; run it as it was begun, or delete that folder to begin anew"
                            .formatted(directory.path(), what));
        }
    }

    /// Opens the work of a run that has begun, in whatever process.
    ///
    /// @param workDirectory as [#workDirectory] names it
    public static Job open(Path workDirectory) throws IOException {
        var directory = new WorkDirectory(workDirectory);
        Begun begun = Json.MAPPER.readValue(directory.run().toFile(), Begun.class);
        return new Job(directory, begun, Recipe.parse(begun.recipe()));
    }

    /// Where the work is done.
    public Path workDirectory() {
        return directory.path();
    }

    /// The number of pieces, and of shards.
    public int pieces() {
        return begun.pieces();
    }

    Begun begun() {
        return begun;
    }

    Recipe recipe() {
        return recipe;
    }

    /// Pieces that are not done.
    public List<Integer> openPieces() {
        return missing(i -> Files.exists(directory.counts(i)));
    }

    /// Shards that are not written.
    public List<Integer> openShards() {
        return missing(i -> Files.exists(directory.shard(i)));
    }

    private List<Integer> missing(java.util.function.IntPredicate done) {
        var missing = new ArrayList<Integer>();
        for (int i = 0; i < pieces(); i++) {
            if (!done.test(i)) {
                missing.add(i);
            }
        }
        return missing;
    }

    long bytes(int piece) throws IOException {
        return Plan.read(directory, piece).parts().stream()
                .mapToLong(part -> part.end() - part.start())
                .sum();
    }

    PieceRun.Work work() throws IOException {
        List<String> names = documentSteps();
        PrivateData.Ready mask = PrivateData.DEFAULT.prepared();
        return new PieceRun.Work(
                names,
                new Judge(names, recipe.prepared(), near, List.copyOf(passageSteps().values())),
                mask::masked,
                recipe.reading(),
                recipe.onBadInput(),
                begun.keepRemoved(),
                passageSteps().size());
    }

    /// The steps that take out passages, in their order.
    private Map<String, PassageStep> passageSteps() {
        var steps = new LinkedHashMap<String, PassageStep>();
        for (int i = 0; i < recipe.steps().size(); i++) {
            if (recipe.steps().get(i) instanceof PassageStep step) {
                steps.put(recipe.stepNames().get(i), step);
            }
        }
        return steps;
    }

    void runPiece(
            int piece,
            PieceRun.Work work,
            ExecutorService threads,
            int pending,
            RunProgress progress,
            BooleanSupplier stop)
            throws IOException {
        try (var run = new PieceRun(directory, piece, work, threads, pending, progress, stop)) {
            run.run();
        }
    }

    /// Takes the documents of a piece through the steps for single ones, on this thread.
    ///
    /// @return seconds that were spent in each step, and last in signatures
    /// @throws BadCorpusException where input is bad and the recipe says that this ends the run
    /// @throws IOException where this machine does not see the input, too
    public double[] runPiece(int piece) throws IOException {
        for (Plan.Part part : Plan.read(directory, piece).parts()) {
            if (!Files.exists(Path.of(part.file()))) {
                throw new NoSuchFileException(
                        part.file(),
                        null,
                        "this machine does not see it; put the input where all machines do");
            }
        }
        try (ExecutorService here = new SameThread()) {
            var progress = new RunProgress(new CurationListener() {}, begun.bytes(), names());
            runPiece(piece, shared(), here, 0, progress, () -> false);
            return progress.seconds();
        }
    }

    /// The prepared steps, which stay prepared for the pieces that follow.
    private synchronized PieceRun.Work shared() throws IOException {
        if (work == null) {
            work = work();
        }
        return work;
    }

    /// How far the run is, by the pieces that are done.
    ///
    /// @param seconds since it began
    public CurationListener.Progress progress(double seconds) throws IOException {
        long documents = 0;
        long kept = 0;
        long read = 0;
        for (int piece = 0; piece < pieces(); piece++) {
            if (Files.exists(directory.counts(piece))) {
                PieceCounts counts = counts(piece);
                documents += counts.documents;
                kept += counts.kept;
                read += bytes(piece);
            }
        }
        return new CurationListener.Progress(documents, kept, read, begun.bytes(), seconds);
    }

    /// The names of the steps for single documents.
    List<String> documentSteps() {
        var names = new ArrayList<String>();
        for (int i = 0; i < recipe.steps().size(); i++) {
            if (recipe.steps().get(i) instanceof DocumentStep) {
                names.add(recipe.stepNames().get(i));
            }
        }
        return names;
    }

    int names() {
        return documentSteps().size();
    }

    PieceCounts counts(int piece) throws IOException {
        return Json.MAPPER.readValue(directory.counts(piece).toFile(), PieceCounts.class);
    }

    /// Decides what becomes of the documents of all pieces, which have to be done, on this thread.
    ///
    /// @param stop whether to end early, with [StoppedException]
    public void decide(BooleanSupplier stop) throws IOException {
        long[] kept = kept();
        var fates =
                new Fates(
                        directory,
                        pieces(),
                        findsExact(),
                        recipe.step(NearDuplicates.class).orElse(null),
                        recipe.step(HeldOut.class).orElse(null));
        fates.decide(Arrays.stream(kept).sum(), stop);
        for (int step = 0; step < passageSteps().size(); step++) {
            new PassageFates(directory, kept, step).decide(stop);
        }
        decided(fates.clusterSizes());
    }

    /// The number of documents of each piece that went through the steps for single ones; all
    /// pieces have to be done.
    public long[] kept() throws IOException {
        var kept = new long[pieces()];
        for (int i = 0; i < kept.length; i++) {
            kept[i] = counts(i).kept;
        }
        return kept;
    }

    /// Whether documents go whose text is that of another one.
    public boolean findsExact() {
        return recipe.step(ExactDuplicates.class).isPresent();
    }

    /// The places of signatures at which duplicates have the same number: that of the checksum of
    /// the text first, where equal texts are looked for, and then those of the bands.
    public List<Integer> duplicatePlaces() {
        var places = new ArrayList<Integer>();
        if (findsExact()) {
            places.add(Signature.EXACT);
        }
        for (int band = 0; near != null && band < near.bands(); band++) {
            places.add(Signature.BANDS + band);
        }
        return places;
    }

    /// The signatures of a piece.
    public SignatureFile signatures(int piece) throws IOException {
        return SignatureFile.open(directory.signatures(piece), Signature.longs(near));
    }

    /// The ids of the documents of a piece.
    public DocumentIds ids(int piece) throws IOException {
        return new DocumentIds(directory.ids(piece));
    }

    /// Begins to write down what becomes of the documents of a piece.
    public PieceFates fates(int piece) throws IOException {
        HeldOut heldOut = recipe.step(HeldOut.class).orElse(null);
        return new PieceFates(directory, piece, Signature.longs(near), heldOut);
    }

    /// The passages of a piece, once it is known which of its documents stay.
    ///
    /// @param step the number of the step, from 0 to below [#passageStepCount()]
    public StayingPassages passages(int piece, int step) throws IOException {
        return new StayingPassages(directory, piece, step);
    }

    /// How many steps take out passages.
    public int passageStepCount() {
        return passageSteps().size();
    }

    /// Begins to write down which passages of a piece are taken out.
    ///
    /// @param step the number of the step
    public PieceCuts cuts(int piece, int step) throws IOException {
        return new PieceCuts(directory, piece, step, counts(piece).kept);
    }

    /// Ends the decision about documents.
    ///
    /// @param clusterSizes clusters of duplicates by the number of their documents
    public void decided(SortedMap<Integer, Long> clusterSizes) throws IOException {
        directory.write(
                directory.path().resolve("clusters.json"),
                Json.MAPPER.writeValueAsBytes(clusterSizes));
    }

    /// Writes the shards of a piece, after [#decide].
    public void writeShard(int piece) throws IOException {
        var work =
                new ShardRun.Work(
                        passageSteps(),
                        recipe.step(Mix.class).orElse(null),
                        Signature.longs(near),
                        begun.keepRemoved());
        try (var run = new ShardRun(directory, piece, work)) {
            run.run();
        }
    }

    ShardRun.Written written(int piece) throws IOException {
        return Json.MAPPER.readValue(directory.shard(piece).toFile(), ShardRun.Written.class);
    }

    /// Writes the documents of all shards as token files, where the recipe asks for that.
    private Optional<TokenRun> tokens(List<Manifest.ShardFile> shards) throws IOException {
        Optional<TokenFiles> step = recipe.step(TokenFiles.class);
        return step.isEmpty()
                ? Optional.empty()
                : Optional.of(TokenRun.of(directory, step.get(), shards));
    }

    /// What the manifest says, once all shards are written.
    Manifest manifest() throws IOException {
        var all = new PieceCounts();
        begun.problems().forEach(all::problem);
        var totals = new ShardTotals(recipe);
        for (int i = 0; i < pieces(); i++) {
            all.add(counts(i));
            totals.add(written(i));
        }
        @SuppressWarnings("unchecked") // what was written above
        java.util.Map<Integer, Long> clusters =
                Json.MAPPER.readValue(
                        directory.path().resolve("clusters.json").toFile(),
                        Json.MAPPER
                                .getTypeFactory()
                                .constructMapType(
                                        java.util.TreeMap.class, Integer.class, Long.class));
        List<Manifest.ShardFile> files = totals.files();
        Optional<TokenRun> tokens = tokens(files);
        if (tokens.isPresent()) {
            files = new ArrayList<>(files);
            files.addAll(tokens.get().files());
        }
        return new Manifest(
                recipe.name(),
                Sha256.of(recipe.json().getBytes(StandardCharsets.UTF_8)),
                new Manifest.Input(begun.files(), begun.bytes(), all.documents, all.characters),
                totals.counts(all.documents),
                totals.steps(all),
                files,
                all.problemKinds,
                all.problems,
                all.lengths,
                all.languages,
                clusters,
                tokens.map(TokenRun::counts).orElseGet(java.util.TreeMap::new));
    }

    List<Example> examples() throws IOException {
        var all = new PieceCounts();
        for (int i = 0; i < pieces(); i++) {
            all.add(counts(i));
        }
        return all.examples;
    }
}
