package io.tornadogpt.curation.run;

import io.tornadogpt.core.files.Sha256;
import io.tornadogpt.curation.read.Problem;
import io.tornadogpt.curation.read.Reading;
import io.tornadogpt.curation.read.Slice;
import io.tornadogpt.curation.read.SliceSink;
import io.tornadogpt.curation.read.Tree;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Divides a corpus into pieces: some files, or some lines of a large one. The pieces follow from
/// the files alone, not from who works on them, so that shards do not depend on that.
final class Plan implements SliceSink {
    private static final int MOST_FILES = 10_000;

    /// A file of a piece, as the plan keeps it.
    ///
    /// @param modified when the file was last changed, in milliseconds
    record Part(String file, String source, long start, long end, long firstRow, long modified) {
        Slice slice() {
            return new Slice(Path.of(file), source, start, end, firstRow);
        }
    }

    /// A piece.
    record Piece(List<Part> parts) {}

    /// All pieces together.
    ///
    /// @param pieces how many there are
    /// @param files how many
    /// @param bytes of these
    /// @param sha256 of the list of all parts
    /// @param problems that were met on the way
    record Summary(int pieces, long files, long bytes, Sha256 sha256, List<Problem> problems) {}

    private final WorkDirectory directory;
    private final long pieceBytes;
    private final List<Problem> problems = new ArrayList<>();
    private List<Part> parts = new ArrayList<>();
    private long bytes;
    private int pieces;
    private long files;
    private long allBytes;
    private String sum = "";

    private Plan(WorkDirectory directory, Reading reading) {
        this.directory = directory;
        this.pieceBytes = reading.shardBytes();
    }

    /// Writes the plan of a corpus into a run's directory.
    static Summary write(WorkDirectory directory, List<Path> inputs, Reading reading)
            throws IOException {
        var plan = new Plan(directory, reading);
        Tree.walk(inputs, reading, plan);
        plan.flush();
        return new Summary(
                plan.pieces,
                plan.files,
                plan.allBytes,
                Sha256.of(plan.sum.getBytes(java.nio.charset.StandardCharsets.UTF_8)),
                plan.problems);
    }

    @Override
    public void slice(Slice slice, long modified) throws IOException {
        if (!parts.isEmpty() && (bytes + slice.size() > pieceBytes || parts.size() == MOST_FILES)) {
            flush();
        }
        parts.add(
                new Part(
                        slice.file().toAbsolutePath().toString(),
                        slice.source(),
                        slice.start(),
                        slice.end(),
                        slice.firstRow(),
                        modified));
        bytes += slice.size();
        allBytes += slice.size();
        files += slice.start() == 0 ? 1 : 0;
    }

    @Override
    public void problem(Problem problem) {
        problems.add(problem);
    }

    private void flush() throws IOException {
        if (parts.isEmpty()) {
            return;
        }
        byte[] json = Json.MAPPER.writeValueAsBytes(new Piece(parts));
        sum =
                Sha256.of((sum + Sha256.of(json)).getBytes(java.nio.charset.StandardCharsets.UTF_8))
                        .hex();
        directory.write(directory.plan(pieces++), json);
        parts = new ArrayList<>();
        bytes = 0;
    }

    static Piece read(WorkDirectory directory, int piece) throws IOException {
        return Json.MAPPER.readValue(directory.plan(piece).toFile(), Piece.class);
    }
}
