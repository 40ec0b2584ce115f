package io.tornadogpt.curation.read;

import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;

/// Finds files. Those in a folder come in the order of their names, which is the same on every
/// machine. Hidden files and folders are passed over; so are links to folders, because they may
/// lead round in circles. Several threads may search side by side: each search has its own state.
public final class Tree {
    private final Reading reading;
    private final SliceSink to;

    private Tree(Reading reading, SliceSink to) {
        this.reading = reading;
        this.to = to;
    }

    /// Finds the files of some folders, and files that are given by themselves.
    ///
    /// @throws IllegalArgumentException where one does not exist, or two have the same name
    public static void walk(List<Path> inputs, Reading reading, SliceSink to) throws IOException {
        record Input(String name, Path path) {}
        var all = new ArrayList<Input>();
        var names = new HashSet<String>();
        for (Path path : inputs) {
            if (!Files.exists(path)) {
                throw new IllegalArgumentException(path + " does not exist; check the path");
            }
            Path real = path.toRealPath();
            String name = real.getFileName() == null ? "root" : real.getFileName().toString();
            if (!names.add(name)) {
                throw new IllegalArgumentException(
                        "two inputs are called '%s', and ids of documents begin with that name; rename one, or put both into a folder"
                                .formatted(name));
            }
            all.add(new Input(name, real));
        }
        all.sort(Comparator.comparing(Input::name));
        var tree = new Tree(reading, to);
        for (Input input : all) {
            if (Files.isDirectory(input.path)) {
                tree.folder(input.path, input.name + "/");
            } else {
                tree.file(input.path, input.name);
            }
        }
    }

    private void folder(Path folder, String prefix) throws IOException {
        var names = new ArrayList<String>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                if (!name.startsWith(".")) {
                    // Compared with this, names come in the order of whole paths.
                    names.add(
                            Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)
                                    ? name + "/"
                                    : name);
                }
            }
        } catch (IOException | java.nio.file.DirectoryIteratorException e) {
            to.problem(new Problem(prefix, "denied", "the folder cannot be listed: " + e));
            return;
        }
        names.sort(null);
        for (String name : names) {
            if (name.endsWith("/")) {
                folder(folder.resolve(name.substring(0, name.length() - 1)), prefix + name);
            } else {
                file(folder.resolve(name), prefix + name);
            }
        }
    }

    private void file(Path file, String source) throws IOException {
        BasicFileAttributes attributes;
        try {
            attributes = Files.readAttributes(file, BasicFileAttributes.class);
        } catch (IOException e) {
            boolean link = Files.isSymbolicLink(file);
            to.problem(
                    new Problem(
                            source,
                            link ? "brokenLink" : "missing",
                            link
                                    ? "the link leads to nothing, or round in a circle"
                                    : "the file cannot be looked at: " + e));
            return;
        }
        if (attributes.isDirectory()) {
            to.problem(
                    new Problem(
                            source,
                            "linkToFolder",
                            "the link leads to a folder; give that folder as an input of its own"));
        } else if (!attributes.isRegularFile()) {
            to.problem(new Problem(source, "noFile", "it is no regular file"));
        } else {
            slices(file, source, attributes);
        }
    }

    private void slices(Path file, String source, BasicFileAttributes attributes)
            throws IOException {
        long modified = attributes.lastModifiedTime().toMillis();
        boolean lines =
                FileKind.of(source) == FileKind.JSON_LINES
                        && FileKind.compression(source) == FileKind.Compression.NONE;
        if (!lines || attributes.size() <= reading.shardBytes()) {
            to.slice(Slice.whole(file, source, attributes.size()), modified);
            return;
        }
        try (var channel = FileChannel.open(file);
                var in = Channels.newInputStream(channel)) {
            // Lines are only counted here, so none is kept.
            var counted = new LineInput(in, 0);
            long start = 0;
            long firstRow = 0;
            long row = 0;
            while (counted.next()) {
                row++;
                if (counted.consumed() - start >= reading.shardBytes()) {
                    to.slice(
                            new Slice(file, source, start, counted.consumed(), firstRow), modified);
                    start = counted.consumed();
                    firstRow = row;
                }
            }
            if (counted.consumed() > start) {
                to.slice(new Slice(file, source, start, counted.consumed(), firstRow), modified);
            }
        }
    }
}
