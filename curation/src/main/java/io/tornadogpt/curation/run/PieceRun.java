package io.tornadogpt.curation.run;

import io.tornadogpt.curation.BadInput;
import io.tornadogpt.curation.Document;
import io.tornadogpt.curation.Verdict;
import io.tornadogpt.curation.read.FileReading;
import io.tornadogpt.curation.read.Problem;
import io.tornadogpt.curation.read.Reading;
import io.tornadogpt.curation.read.Receiver;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;

/// Takes the documents of a piece through the steps for single ones, and writes down what became of
/// them: in the order in which they were read, however many threads judge them.
///
/// Used by one thread at a time.
final class PieceRun implements Receiver, AutoCloseable {
    private static final int BATCH_DOCUMENTS = 512;
    private static final int BATCH_CHARACTERS = 1 << 19;
    private static final int SHOWN = 300;

    /// What a piece is done with.
    ///
    /// @param names of the steps for single documents
    /// @param judge takes documents through them
    /// @param mask of private data, for examples in the report
    /// @param keepRemoved whether texts are kept that were removed
    /// @param passageSteps how many steps take out passages
    record Work(
            List<String> names,
            Judge judge,
            Mask mask,
            Reading reading,
            BadInput onBadInput,
            boolean keepRemoved,
            int passageSteps) {}

    private final WorkDirectory directory;
    private final int piece;
    private final Work work;
    private final ExecutorService threads;
    private final int pending;
    private final RunProgress progress;
    private final BooleanSupplier stop;

    private final PieceCounts counts = new PieceCounts();
    private final Deque<Future<List<Judgement>>> batches = new ArrayDeque<>();
    private List<Document> batch = new ArrayList<>();
    private int batchCharacters;
    private final ShardWriter documents;
    private final ShardWriter ids;
    private final ShardWriter ledger;
    private final ShardWriter removed;
    private final DataOutputStream signatures;
    private final List<DataOutputStream> passages = new ArrayList<>();
    private final List<StoredFile> files = new ArrayList<>();

    PieceRun(
            WorkDirectory directory,
            int piece,
            Work work,
            ExecutorService threads,
            int pending,
            RunProgress progress,
            BooleanSupplier stop)
            throws IOException {
        this.directory = directory;
        this.piece = piece;
        this.work = work;
        this.threads = threads;
        this.pending = pending;
        this.progress = progress;
        this.stop = stop;
        this.documents = new ShardWriter(directory, directory.documents(piece));
        this.ids = new ShardWriter(directory, directory.ids(piece));
        this.ledger = new ShardWriter(directory, directory.ledger(piece));
        this.removed = new ShardWriter(directory, directory.removedTexts(piece));
        this.signatures = numbers(directory.signatures(piece));
        for (int step = 0; step < work.passageSteps(); step++) {
            passages.add(numbers(directory.passages(piece, step)));
        }
        work.names().forEach(name -> counts.steps.add(new StepCounts(name)));
    }

    private DataOutputStream numbers(Path file) throws IOException {
        StoredFile stored = directory.create(file);
        files.add(stored);
        return new DataOutputStream(new BufferedOutputStream(stored, 1 << 16));
    }

    /// Does the piece.
    ///
    /// @throws StoppedException where that was asked for; nothing of the piece counts then
    void run() throws IOException {
        for (Plan.Part part : Plan.read(directory, piece).parts()) {
            FileReading.read(part.slice(), work.reading(), this);
            progress.read(part.end() - part.start());
        }
        submit();
        while (!batches.isEmpty()) {
            take();
        }
        documents.finish();
        ids.finish();
        ledger.finish();
        removed.finish();
        signatures.close();
        for (DataOutputStream ofStep : passages) {
            ofStep.close();
        }
        directory.write(directory.counts(piece), Json.MAPPER.writeValueAsBytes(counts));
    }

    @Override
    public void document(Document document) throws IOException {
        batch.add(document);
        batchCharacters += document.text().length();
        if (batch.size() == BATCH_DOCUMENTS || batchCharacters >= BATCH_CHARACTERS) {
            submit();
        }
    }

    @Override
    public void problem(Problem problem) throws IOException {
        if (work.onBadInput() == BadInput.STOP) {
            throw new BadCorpusException(problem);
        }
        counts.problem(problem);
        progress.problem(problem);
    }

    private void submit() throws IOException {
        if (stop.getAsBoolean()) {
            throw new StoppedException();
        }
        if (batch.isEmpty()) {
            return;
        }
        List<Document> documentsOfBatch = batch;
        Judge judge = work.judge();
        batches.add(threads.submit(() -> documentsOfBatch.stream().map(judge::judge).toList()));
        batch = new ArrayList<>();
        batchCharacters = 0;
        while (batches.size() > pending) {
            take();
        }
    }

    private void take() throws IOException {
        List<Judgement> judged;
        try {
            judged = batches.remove().get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("a step failed: " + e.getCause(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoppedException();
        }
        for (Judgement judgement : judged) {
            account(judgement);
        }
    }

    private void account(Judgement judgement) throws IOException {
        Document read = judgement.read();
        counts.documents++;
        counts.characters += read.text().length();
        List<Verdict> verdicts = judgement.verdicts();
        for (int i = 0; i < Math.min(verdicts.size(), counts.steps.size()); i++) {
            StepCounts step = counts.steps.get(i);
            step.documents++;
            step.characters += judgement.lengths()[i];
            Map<String, Integer> changes = judgement.changes(i);
            if (!changes.isEmpty()) {
                step.changed(changes);
            }
        }
        progress.judged(judgement);
        Verdict.Removed removal = judgement.removal();
        if (removal != null) {
            removed(judgement, removal);
            return;
        }
        kept(judgement);
    }

    private void kept(Judgement judgement) throws IOException {
        Document result = judgement.result();
        counts.kept++;
        counts.keptCharacters += result.text().length();
        counts.lengths.merge(power(result.text()), 1L, Long::sum);
        if (result.metadata().get("language") instanceof String language) {
            counts.languages.merge(language, 1L, Long::sum);
        }
        documents.write(java.util.Objects.requireNonNull(judgement.line()));
        ids.write((result.id() + "\n").getBytes(java.nio.charset.StandardCharsets.UTF_8));
        for (long value : java.util.Objects.requireNonNull(judgement.signature())) {
            signatures.writeLong(value);
        }
        for (int step = 0; step < passages.size(); step++) {
            long[] hashes = judgement.passages().get(step);
            passages.get(step).writeInt(hashes.length);
            for (long hash : hashes) {
                passages.get(step).writeLong(hash);
            }
        }
        exampleOfChange(judgement);
    }

    /// The power of two that a text's number of words reaches.
    private static int power(String text) {
        int words = 1;
        for (int i = 0; i < text.length(); i++) {
            words += text.charAt(i) == ' ' || text.charAt(i) == '\n' ? 1 : 0;
        }
        return Integer.numberOfTrailingZeros(Integer.highestOneBit(words));
    }

    private void exampleOfChange(Judgement judgement) {
        for (int i = 0; i < judgement.verdicts().size(); i++) {
            if (judgement.verdicts().get(i) instanceof Verdict.Changed) {
                String step = work.names().get(i);
                String kinds = String.join(", ", judgement.changes(i).keySet());
                if (!kinds.isEmpty() && counts.wantsExample(step, kinds)) {
                    String before = work.mask().masked(judgement.read().text());
                    String after = work.mask().masked(judgement.result().text());
                    int from = firstDifference(before, after);
                    counts.example(
                            new Example(
                                    judgement.read().id(),
                                    step,
                                    kinds,
                                    "",
                                    passage(before, from),
                                    passage(after, from)));
                }
            }
        }
    }

    private static int firstDifference(String a, String b) {
        int at = 0;
        while (at < a.length() && at < b.length() && a.charAt(at) == b.charAt(at)) {
            at++;
        }
        return Math.max(0, at - SHOWN / 4);
    }

    private static String passage(String text, int from) {
        int start = Math.min(from, text.length());
        if (start > 0 && start < text.length() && Character.isLowSurrogate(text.charAt(start))) {
            start--;
        }
        int end = Math.min(text.length(), start + SHOWN);
        if (end < text.length() && Character.isLowSurrogate(text.charAt(end))) {
            end--;
        }
        return text.substring(start, end);
    }

    private void removed(Judgement judgement, Verdict.Removed removal) throws IOException {
        int last = judgement.verdicts().size() - 1;
        String step = last < work.names().size() ? work.names().get(last) : "empty";
        if (last < counts.steps.size()) {
            counts.steps.get(last).removed(removal.reason(), judgement.result().text().length());
        }
        String text = judgement.read().text();
        if (counts.wantsExample(step, removal.reason())) {
            counts.example(
                    new Example(
                            judgement.read().id(),
                            step,
                            removal.reason(),
                            removal.detail(),
                            passage(work.mask().masked(passage(text, 0)), 0),
                            ""));
        }
        ledger.write(entry(judgement, step, removal, ""));
        if (work.keepRemoved()) {
            removed.write(entry(judgement, step, removal, text));
        }
    }

    private static byte[] entry(
            Judgement judgement, String step, Verdict.Removed removal, String text)
            throws IOException {
        var entry = new LinkedHashMap<String, Object>();
        if (!text.isEmpty()) {
            entry.put("text", text);
        }
        entry.put("id", judgement.read().id());
        entry.put("step", step);
        entry.put("reason", removal.reason());
        entry.put("detail", removal.detail());
        return line(entry);
    }

    static byte[] line(Map<String, Object> entry) throws IOException {
        byte[] json = Json.MAPPER.writeValueAsBytes(entry);
        byte[] line = java.util.Arrays.copyOf(json, json.length + 1);
        line[json.length] = '\n';
        return line;
    }

    @Override
    public void close() throws IOException {
        batches.forEach(waiting -> waiting.cancel(true));
        documents.close();
        ids.close();
        ledger.close();
        removed.close();
        for (StoredFile file : files) {
            file.abandon();
        }
    }
}
