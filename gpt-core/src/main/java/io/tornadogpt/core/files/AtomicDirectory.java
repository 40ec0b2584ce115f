package io.tornadogpt.core.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.function.Consumer;

/// A directory that takes its place complete or not at all, also where another one stands there.
///
/// ```
/// try (var directory = AtomicDirectory.begin(target)) {
///     write(directory.path().resolve("model.safetensors"));
///     directory.commit();
/// }
/// ```
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
public final class AtomicDirectory implements AutoCloseable {
    /// The atomic moves, in order; the point after each is where a crash can be simulated.
    enum Move {
        NEW_IS_READY,
        OLD_IS_ASIDE,
        NEW_IN_PLACE,
        OLD_DISCARDED
    }

    private final Places places;
    private boolean committed;

    private AtomicDirectory(Places places) {
        this.places = places;
    }

    /// Starts a directory that is to replace `target`, after [#recover(Path)].
    public static AtomicDirectory begin(Path target) throws IOException {
        return begin(target, move -> {});
    }

    static AtomicDirectory begin(Path target, Consumer<Move> moved) throws IOException {
        Places places = Places.around(target, moved);
        places.settle();
        Disk.deleteTree(places.partial);
        Files.createDirectory(places.partial);
        return new AtomicDirectory(places);
    }

    /// Brings a target that was being replaced when the process died to its old or its new state.
    /// To be called before a directory is read that this class wrote; does nothing where nothing is
    /// left to do.
    public static void recover(Path target) throws IOException {
        Places.around(target, move -> {}).settle();
    }

    /// Where to write the new contents.
    public Path path() {
        return places.partial;
    }

    /// Forces all files to disk and puts the directory in its place.
    public void commit() throws IOException {
        Disk.forceTree(places.partial);
        places.move(places.partial, places.ready, Move.NEW_IS_READY);
        committed = true;
        places.settle();
    }

    /// Deletes what was written and not committed.
    @Override
    public void close() throws IOException {
        if (!committed) {
            Disk.deleteTree(places.partial);
        }
    }

    /// The target and what may stand beside it.
    private record Places(
            Path target,
            Path partial,
            Path ready,
            Path previous,
            Path discarded,
            Consumer<Move> moved) {

        static Places around(Path target, Consumer<Move> moved) throws IOException {
            return new Places(
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

        /// A tree takes time to delete; half of one must not be taken for the earlier target.
        private void discardPrevious() throws IOException {
            Disk.deleteTree(discarded);
            if (Files.exists(previous)) {
                move(previous, discarded, Move.OLD_DISCARDED);
                Disk.deleteTree(discarded);
            }
        }

        void move(Path from, Path to, Move move) throws IOException {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
            Disk.forceDirectory(Disk.parent(target));
            moved.accept(move);
        }
    }
}
