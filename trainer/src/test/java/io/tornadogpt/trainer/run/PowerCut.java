package io.tornadogpt.trainer.run;

import io.tornadogpt.trainer.run.FaultyStorage.Operation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;

/// What may be found on a disk whose power was cut: everything that was forced, and of everything
/// else what its [Fate] leaves. Names and contents are forced apart from each other, as on a disk.
final class PowerCut {
    /// What becomes of what was not forced.
    enum Fate {
        /// Nothing of it is there.
        LOST,
        /// All of it is there.
        KEPT,
        /// Names are there, contents are not: files are empty, or as they were.
        NAMES_ONLY,
        /// Contents are there, names are not.
        CONTENTS_ONLY,
        /// Any of it may be there, whatever came first; writes may have been cut off.
        REORDERED_AND_TORN,
        /// All of it is there, with flipped bits and blocks of zeros.
        DAMAGED
    }

    private sealed interface Node {}

    /// A file: its contents as they are, as they are on the disk, and the writes between.
    private static final class FileNode implements Node {
        private byte[] durable = {};
        private final List<Change> pending = new ArrayList<>();

        private byte[] live() {
            byte[] contents = durable;
            for (Change change : pending) {
                contents = change.apply(contents);
            }
            return contents;
        }

        private void force() {
            durable = live();
            pending.clear();
        }
    }

    /// A write, or a cut where there are no bytes.
    private record Change(long position, byte[] bytes, boolean cut) {
        private byte[] apply(byte[] contents) {
            if (cut) {
                return Arrays.copyOf(contents, (int) position);
            }
            int end = (int) position + bytes.length;
            byte[] changed = Arrays.copyOf(contents, Math.max(contents.length, end));
            System.arraycopy(bytes, 0, changed, (int) position, bytes.length);
            return changed;
        }
    }

    private static final class Folder implements Node {
        private final Map<String, Node> live = new TreeMap<>();
        private final Map<String, Node> durable = new TreeMap<>();
        private final List<Naming> pending = new ArrayList<>();

        private void name(Naming naming) {
            naming.apply(live);
            pending.add(naming);
        }
    }

    /// Takes a name away, gives one, or both in one step.
    private record Naming(String gone, String name, Node node) {
        private void apply(Map<String, Node> names) {
            if (gone != null) {
                names.remove(gone);
            }
            if (name != null) {
                names.put(name, node);
            }
        }
    }

    private final Path root;
    private final Folder tree;

    /// @param root of what is looked at; as it is now, all of it is on the disk
    PowerCut(Path root) throws IOException {
        this.root = root;
        this.tree = read(root);
    }

    private static Folder read(Path directory) throws IOException {
        var folder = new Folder();
        List<Path> files;
        try (Stream<Path> list = Files.list(directory)) {
            files = list.toList();
        }
        for (Path file : files) {
            Node node;
            if (Files.isDirectory(file)) {
                node = read(file);
            } else {
                var leaf = new FileNode();
                leaf.durable = Files.readAllBytes(file);
                node = leaf;
            }
            folder.live.put(file.getFileName().toString(), node);
        }
        folder.durable.putAll(folder.live);
        return folder;
    }

    private Folder folder(Path path) {
        Folder folder = tree;
        for (Path name : root.relativize(path)) {
            if (!name.toString().isEmpty()) {
                folder = (Folder) folder.live.get(name.toString());
            }
        }
        return folder;
    }

    private FileNode file(Path path) {
        return (FileNode) folder(path.getParent()).live.get(name(path));
    }

    private static String name(Path path) {
        return path.getFileName().toString();
    }

    /// Does what was done next.
    void apply(Operation operation) {
        switch (operation) {
            case Operation.Create(Path path) -> {
                Folder folder = folder(path.getParent());
                if (folder.live.get(name(path)) instanceof FileNode there) {
                    there.pending.add(new Change(0, new byte[0], true));
                } else {
                    folder.name(new Naming(null, name(path), new FileNode()));
                }
            }
            case Operation.Append(Path path, long size) -> {
                Folder folder = folder(path.getParent());
                if (folder.live.get(name(path)) instanceof FileNode there) {
                    there.pending.add(new Change(size, new byte[0], true));
                } else {
                    folder.name(new Naming(null, name(path), new FileNode()));
                }
            }
            case Operation.Write(Path path, long position, byte[] bytes) ->
                    file(path).pending.add(new Change(position, bytes, false));
            case Operation.Force(Path path) -> file(path).force();
            case Operation.CreateDirectory(Path path) ->
                    folder(path.getParent()).name(new Naming(null, name(path), new Folder()));
            case Operation.Rename(Path from, Path to) -> {
                Folder folder = folder(from.getParent());
                folder.name(new Naming(name(from), name(to), folder.live.get(name(from))));
            }
            case Operation.Delete(Path path) ->
                    folder(path.getParent()).name(new Naming(name(path), null, null));
            case Operation.ForceDirectory(Path path) -> {
                Folder folder = folder(path);
                folder.durable.clear();
                folder.durable.putAll(folder.live);
                folder.pending.clear();
            }
        }
    }

    /// What is found when the power is back: contents by relative paths, null for a directory.
    Map<String, byte[]> cut(Fate fate, Random random) {
        var found = new TreeMap<String, byte[]>();
        collect(tree, "", fate, random, found);
        return found;
    }

    private static void collect(
            Folder folder, String prefix, Fate fate, Random random, Map<String, byte[]> found) {
        var names = new TreeMap<>(folder.durable);
        for (Naming naming : folder.pending) {
            boolean kept =
                    switch (fate) {
                        case LOST, CONTENTS_ONLY -> false;
                        case KEPT, NAMES_ONLY, DAMAGED -> true;
                        case REORDERED_AND_TORN -> random.nextBoolean();
                    };
            if (kept) {
                naming.apply(names);
            }
        }
        names.forEach(
                (name, node) -> {
                    String path = prefix + name;
                    switch (node) {
                        case Folder inner -> {
                            found.put(path, null);
                            collect(inner, path + "/", fate, random, found);
                        }
                        case FileNode file -> found.put(path, contents(file, fate, random));
                    }
                });
    }

    private static byte[] contents(FileNode file, Fate fate, Random random) {
        byte[] contents = file.durable;
        for (Change change : file.pending) {
            switch (fate) {
                case LOST, NAMES_ONLY -> {}
                case KEPT, CONTENTS_ONLY -> contents = change.apply(contents);
                case REORDERED_AND_TORN -> {
                    if (random.nextBoolean()) {
                        contents = torn(change, random).apply(contents);
                    }
                }
                case DAMAGED -> contents = damaged(change, random).apply(contents);
            }
        }
        return contents;
    }

    private static Change torn(Change change, Random random) {
        if (change.bytes.length == 0 || random.nextBoolean()) {
            return change;
        }
        int length = random.nextInt(change.bytes.length);
        return new Change(change.position, Arrays.copyOf(change.bytes, length), change.cut);
    }

    private static Change damaged(Change change, Random random) {
        byte[] bytes = change.bytes.clone();
        if (bytes.length > 0) {
            int at = random.nextInt(bytes.length);
            bytes[at] ^= (byte) (1 << random.nextInt(8));
            if (random.nextBoolean()) {
                int from = random.nextInt(bytes.length);
                Arrays.fill(bytes, from, Math.min(bytes.length, from + 512), (byte) 0);
            }
        }
        return new Change(change.position, bytes, change.cut);
    }

    /// Puts what was found where it can be opened.
    static void write(Map<String, byte[]> found, Path to) throws IOException {
        Files.createDirectories(to);
        for (Map.Entry<String, byte[]> entry : found.entrySet()) {
            Path path = to.resolve(entry.getKey());
            if (entry.getValue() == null) {
                Files.createDirectory(path);
            } else {
                Files.write(path, entry.getValue());
            }
        }
    }
}
