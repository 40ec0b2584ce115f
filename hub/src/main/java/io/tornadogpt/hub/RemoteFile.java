package io.tornadogpt.hub;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// A file of a repository, as the hub lists it.
///
/// @param name path within the repository
/// @param size in bytes
/// @param blob git's hash of the file, or of the pointer that stands for it
/// @param sha256 of a large file's content, null for a small one
record RemoteFile(String name, long size, String blob, @Nullable String sha256) {
    private static final List<String> READ =
            List.of(".safetensors", ".json", ".txt", ".model", ".jinja");
    private static final Pattern WEIGHTS =
            Pattern.compile("(model|adapter_model)(-\\d+-of-\\d+)?\\.safetensors");
    private static final String SINGLE = "model.safetensors";
    private static final Pattern HASH = Pattern.compile("[0-9a-f]{40}");
    private static final Pattern LARGE_HASH = Pattern.compile("[0-9a-f]{64}");

    /// The hash that the content must have, which is its name in the cache.
    String hash() {
        return sha256 != null ? sha256 : blob;
    }

    /// Refuses what must not become a path here.
    ///
    /// @throws HubException naming the file
    void requireSafe() throws HubException {
        boolean bad =
                name.isEmpty()
                        || name.startsWith("/")
                        || name.contains("\\")
                        || name.contains(":")
                        || name.chars().anyMatch(Character::isISOControl)
                        || List.of(name.split("/", -1)).stream()
                                .anyMatch(
                                        part ->
                                                part.isEmpty()
                                                        || part.equals(".")
                                                        || part.equals(".."));
        if (bad) {
            throw new HubException(
                    "the hub names a file '%s', which would lie outside of its folder; nothing was fetched"
                            .formatted(name.replaceAll("\\p{Cntrl}", "?")));
        }
        boolean hashed =
                sha256 != null
                        ? LARGE_HASH.matcher(sha256).matches()
                        : HASH.matcher(blob).matches();
        if (!hashed || size < 0) {
            throw new HubException(
                    "the hub gives no usable hash or size for the file '%s'; nothing was fetched"
                            .formatted(name));
        }
    }

    /// Those of a repository's files that a model is read from: weights in safetensors, of which a
    /// single file is preferred to its shards, configuration, and tokenizer. Never pickles or code.
    static List<RemoteFile> needed(List<RemoteFile> all) {
        Set<String> names = new TreeSet<>();
        all.forEach(file -> names.add(file.name));
        return all.stream().filter(file -> file.isNeeded(names)).toList();
    }

    private boolean isNeeded(Set<String> names) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (name.contains("/") || READ.stream().noneMatch(lower::endsWith)) {
            return false;
        }
        if (!name.endsWith(".safetensors") && !name.endsWith(".safetensors.index.json")) {
            return true;
        }
        boolean shard = !name.equals(SINGLE) && name.startsWith("model");
        return (WEIGHTS.matcher(name).matches() || name.endsWith(".index.json"))
                && !(shard && names.contains(SINGLE));
    }
}
