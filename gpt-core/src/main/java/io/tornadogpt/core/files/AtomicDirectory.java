package io.tornadogpt.core.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// A directory that takes its place complete or not at all, also where another one stands there.
///
/// ```
/// try (var directory = AtomicDirectory.begin(target)) {
///     directory.write("model.safetensors", writer::writeTo);
///     directory.commit();
/// }
/// ```
///
/// Where a file was handed to [#write], a [Manifest] of all files of the directory is written last,
/// and before the directory takes its place it is read back and compared with that. Files may also
/// be written into [#path()] by other means.
///
/// No file system call swaps two directories everywhere, so there is an order of moves, each of
/// them atomic, and a state from which [#recover(Path)] goes on after a crash at any point:
///
/// | beside the target | it holds |
/// | --- | --- |
/// | `.NAME.partial` | what is being written; worth nothing |
/// | `.NAME.ready` | the new directory, complete and on disk; it will be the target |
/// | `.NAME.previous` | the earlier target, complete, until the new one has taken its place |
/// | `.NAME.discarded` | the earlier target on its way out; worth nothing |
///
/// Once `commit` has made the directory ready, recovery ends with the new one, before that with the
/// old one. One writer a target at a time, and nobody calls `recover` while it is at work.
///
/// Used by one thread at a time.
public final class AtomicDirectory implements FileSink, AutoCloseable {
    private static final Pattern BESIDE =
            Pattern.compile("\\.(.+)\\.(partial|ready|previous|discarded)");

    /// The atomic moves, in order; the point after each is where a crash can be simulated.
    enum Move {
        NEW_IS_READY,
        OLD_IS_ASIDE,
        NEW_IN_PLACE,
        OLD_DISCARDED
    }

    private final Storage storage;
    private final Places places;
    private final SortedMap<String, Manifest.Entry> written = new TreeMap<>();
    private long needed;
    private boolean committed;

    private AtomicDirectory(Storage storage, Places places) {
        this.storage = storage;
        this.places = places;
    }

    /// Starts a directory that is to replace `target`, after [#recover(Path)].
    public static AtomicDirectory begin(Path target) throws IOException {
        return begin(Storage.DISK, target, 0);
    }

    /// As above, on another disk, and refuses at once what cannot fit on it.
    ///
    /// @param needed bytes that will be written, as far as they are known
    /// @throws WriteException where the disk has not so many left
    public static AtomicDirectory begin(Storage storage, Path target, long needed)
            throws IOException {
        return begin(storage, target, needed, move -> {});
    }

    static AtomicDirectory begin(Path target, Consumer<Move> moved) throws IOException {
        return begin(Storage.DISK, target, 0, moved);
    }

    private static AtomicDirectory begin(
            Storage storage, Path target, long needed, Consumer<Move> moved) throws IOException {
        try {
            Places places = Places.around(storage, target, moved);
            places.settle();
            Disk.deleteTree(storage, places.partial);
            if (needed > storage.usableBytes(target)) {
                throw new IOException("the disk has not enough room");
            }
            storage.createDirectory(places.partial);
            var directory = new AtomicDirectory(storage, places);
            directory.needed = needed;
            return directory;
        } catch (IOException e) {
            throw WriteException.of(storage, target, needed, e);
        }
    }

    /// Brings a target that was being replaced when the process died to its old or its new state.
    /// To be called before a directory is read that this class wrote; does nothing where nothing is
    /// left to do.
    public static void recover(Path target) throws IOException {
        Places.around(Storage.DISK, target, move -> {}).settle();
    }

    /// Whether a target is being replaced, or was when the process died.
    public static boolean isUnsettled(Path target) throws IOException {
        Places places = Places.around(Storage.DISK, target, move -> {});
        return Files.exists(places.ready) || Files.exists(places.previous);
    }

    /// Does so for all targets in a directory, and takes away what was not complete, files of
    /// [AtomicFile] too. To be called by its only writer.
    ///
    /// @param ours whether a target of that name is this writer's
    public static void recoverAll(Storage storage, Path parent, Predicate<String> ours)
            throws IOException {
        if (!Files.isDirectory(parent)) {
            return;
        }
        List<Path> all;
        try (Stream<Path> files = Files.list(parent)) {
            all = files.toList();
        }
        for (Path file : all) {
            Matcher beside = BESIDE.matcher(file.getFileName().toString());
            if (!beside.matches() || !ours.test(beside.group(1))) {
                continue;
            }
            if (!beside.group(2).equals("partial")) {
                Path target = parent.resolve(beside.group(1));
                Places.around(storage, target, move -> {}).settle();
            } else {
                Disk.deleteTree(storage, file);
            }
        }
    }

    /// Makes a directory, and those around it that are missing, and returns when all their names
    /// are on the disk; does nothing where it is there.
    public static void createAll(Storage storage, Path directory) throws IOException {
        if (Files.isDirectory(directory)) {
            return;
        }
        Path parent = Disk.parent(directory);
        createAll(storage, parent);
        try {
            storage.createDirectory(directory);
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(directory)) {
                throw e;
            }
        }
        storage.forceDirectory(parent);
    }

    /// Takes a directory away that this class wrote: all of it, or, if the process dies meanwhile,
    /// nothing of it that could be taken for a whole one.
    public static void delete(Storage storage, Path target) throws IOException {
        Places places = Places.around(storage, target, move -> {});
        if (Files.exists(target)) {
            places.discard(target);
        }
    }

    /// Where to write the new contents.
    public Path path() {
        return places.partial;
    }

    /// Writes a file of the new directory, and forces it to disk.
    ///
    /// @param name of the file, or of a file in a folder: `FOLDER/NAME`
    @Override
    public void write(String name, FileContent content) throws IOException {
        Path file = places.partial.resolve(name);
        Path folder = Disk.parent(file);
        if (!Files.exists(folder)) {
            storage.createDirectory(folder);
        }
        try (var out = new Summed(storage.create(file))) {
            content.writeTo(out);
            out.to.force();
            written.put(name, new Manifest.Entry(out.size, Sha256.finish(out.digest)));
        } catch (IOException e) {
            throw WriteException.of(storage, places.target, Math.max(needed, sizeSoFar()), e);
        }
    }

    private long sizeSoFar() {
        return written.values().stream().mapToLong(Manifest.Entry::size).sum();
    }

    /// Forces all files to disk, checks those that [#write] wrote, and puts the directory in its
    /// place.
    ///
    /// @throws ModelFileException where a file is not as it was written
    public void commit() throws IOException {
        try {
            Disk.forceTree(storage, places.partial, written.keySet());
            if (!written.isEmpty()) {
                seal(Manifest.of(places.partial, written));
            }
            places.move(places.partial, places.ready, Move.NEW_IS_READY);
            committed = true;
            places.settle();
        } catch (IOException e) {
            throw WriteException.of(storage, places.target, Math.max(needed, sizeSoFar()), e);
        }
    }

    private void seal(Manifest manifest) throws IOException {
        try (Storage.Output out = storage.create(places.partial.resolve(Manifest.FILE))) {
            out.writeAll(ByteBuffer.wrap(manifest.bytes()));
            out.force();
        }
        storage.forceDirectory(places.partial);
        Manifest.read(places.partial).verify(places.partial);
    }

    /// Deletes what was written and not committed.
    @Override
    public void close() throws IOException {
        if (!committed) {
            Disk.deleteTree(storage, places.partial);
        }
    }

    /// A file's output, and the checksum of what went through it.
    private static final class Summed implements WritableByteChannel {
        private final Storage.Output to;
        private final MessageDigest digest = Sha256.newDigest();
        private long size;

        Summed(Storage.Output to) {
            this.to = to;
        }

        @Override
        public int write(ByteBuffer bytes) throws IOException {
            ByteBuffer summed = bytes.duplicate();
            int count = to.write(bytes);
            digest.update(summed.limit(bytes.position()));
            size += count;
            return count;
        }

        @Override
        public boolean isOpen() {
            return to.isOpen();
        }

        @Override
        public void close() throws IOException {
            to.close();
        }
    }

    /// The target and what may stand beside it.
    private record Places(
            Storage storage,
            Path target,
            Path partial,
            Path ready,
            Path previous,
            Path discarded,
            Consumer<Move> moved) {

        static Places around(Storage storage, Path target, Consumer<Move> moved)
                throws IOException {
            return new Places(
                    storage,
                    target,
                    Disk.sibling(target, "partial"),
                    Disk.sibling(target, "ready"),
                    Disk.sibling(target, "previous"),
                    Disk.sibling(target, "discarded"),
                    moved);
        }

        /// Does all moves that are still to be done, from whatever state.
        void settle() throws IOException {
            if (Files.exists(ready)) {
                if (Files.exists(target)) {
                    discardPrevious();
                    move(target, previous, Move.OLD_IS_ASIDE);
                }
                move(ready, target, Move.NEW_IN_PLACE);
            } else if (Files.exists(previous) && !Files.exists(target)) {
                move(previous, target, Move.NEW_IN_PLACE);
            }
            discardPrevious();
        }

        private void discardPrevious() throws IOException {
            Disk.deleteTree(storage, discarded);
            if (Files.exists(previous)) {
                discard(previous);
            }
        }

        /// A tree takes time to delete; half of one must not be taken for a whole one.
        void discard(Path tree) throws IOException {
            Disk.deleteTree(storage, discarded);
            move(tree, discarded, Move.OLD_DISCARDED);
            Disk.deleteTree(storage, discarded);
        }

        void move(Path from, Path to, Move move) throws IOException {
            storage.rename(from, to);
            storage.forceDirectory(Disk.parent(target));
            moved.accept(move);
        }
    }
}
