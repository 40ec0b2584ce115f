package io.tornadogpt.hub;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/// The files that were fetched, laid out as `huggingface_hub` does, which shares them:
///
/// ```
/// models--OWNER--NAME/
///     refs/main                        the commit that a revision was
///     blobs/HASH                       a file by the hash of its content
///     snapshots/COMMIT/config.json     a link to its blob
/// ```
///
/// Safe for use by several threads.
///
/// @param folder that holds a folder for each repository
public record HubCache(Path folder) {
    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

    /// The folder of a repository's files at a revision, empty where it was not fetched.
    ///
    /// @param revision a branch, a tag or a commit
    public Optional<Path> find(RepositoryName repository, String revision) throws IOException {
        Path own = folder.resolve(repository.folder());
        String commit = revision;
        if (!isCommit(revision)) {
            Path reference = reference(own, revision);
            if (!Files.isRegularFile(reference)) {
                return Optional.empty();
            }
            commit = Files.readString(reference).strip();
        }
        Path snapshot = own.resolve("snapshots").resolve(commit);
        boolean there = isCommit(commit) && Files.exists(snapshot.resolve("config.json"));
        return there ? Optional.of(snapshot) : Optional.empty();
    }

    /// Whether a text is a commit's full hash.
    static boolean isCommit(String text) {
        return COMMIT.matcher(text).matches();
    }

    private static Path reference(Path own, String revision) {
        Path references = own.resolve("refs");
        Path reference = references.resolve(revision).normalize();
        if (!reference.startsWith(references) || reference.equals(references)) {
            throw new IllegalArgumentException(
                    "'%s' is no revision; expected a branch, a tag or a commit"
                            .formatted(revision));
        }
        return reference;
    }

    /// Where the content of a file lies.
    Path blob(RepositoryName repository, RemoteFile file) throws IOException {
        Path blobs = folder.resolve(repository.folder()).resolve("blobs");
        Files.createDirectories(blobs);
        return blobs.resolve(file.hash());
    }

    /// Makes a file of a snapshot, a link to its blob; where there are no links, a copy.
    void link(RepositoryName repository, String commit, RemoteFile file) throws IOException {
        Path own = folder.resolve(repository.folder());
        Path snapshot = snapshot(repository, commit).resolve(file.name());
        Path parent = Objects.requireNonNull(snapshot.getParent(), "within a snapshot");
        Files.createDirectories(parent);
        Path blob = own.resolve("blobs").resolve(file.hash());
        if (Files.exists(snapshot) && Files.isSameFile(snapshot, blob)) {
            return;
        }
        Path partial = snapshot.resolveSibling(snapshot.getFileName() + ".partial");
        Files.deleteIfExists(partial);
        try {
            Files.createSymbolicLink(partial, parent.relativize(blob));
        } catch (UnsupportedOperationException | FileSystemException e) {
            Files.copy(blob, partial);
        }
        Files.move(
                partial,
                snapshot,
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
    }

    /// Notes which commit a revision is.
    void note(RepositoryName repository, String revision, String commit) throws IOException {
        if (isCommit(revision)) {
            return;
        }
        Path reference = reference(folder.resolve(repository.folder()), revision);
        Files.createDirectories(Objects.requireNonNull(reference.getParent(), "within refs"));
        Path partial = reference.resolveSibling(reference.getFileName() + ".partial");
        Files.writeString(partial, commit, StandardCharsets.US_ASCII);
        Files.move(
                partial,
                reference,
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
    }

    /// The folder of a snapshot.
    Path snapshot(RepositoryName repository, String commit) {
        return folder.resolve(repository.folder()).resolve("snapshots").resolve(commit);
    }
}
