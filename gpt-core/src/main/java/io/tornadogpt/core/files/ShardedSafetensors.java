package io.tornadogpt.core.files;

import com.fasterxml.jackson.core.JsonToken;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// A model in several `.safetensors` files, and the index that says which tensor stands where:
/// `{"metadata": {...}, "weight_map": {"TENSOR": "SHARD", ...}}`.
///
/// A shard is named by a path inside the index's directory; one that leaves it is refused, so that
/// an index from elsewhere cannot name a file of the user's. (A shard may be a symbolic link, as in
/// Hugging Face's cache.) Index and shards must name the same tensors, each of them once.
///
/// Safe for use by several threads until it is closed.
public final class ShardedSafetensors implements TensorSource {
    private static final String WEIGHT_MAP = "weight_map";

    private final Path index;
    private final List<SafetensorsFile> shards;
    private final Map<String, SafetensorsFile> shardOf = new HashMap<>();
    private final List<StoredTensor> tensors = new ArrayList<>();
    private final Map<String, String> metadata = new LinkedHashMap<>();

    private ShardedSafetensors(Path index, List<SafetensorsFile> shards) {
        this.index = index;
        this.shards = shards;
    }

    /// Opens an index and all its shards, and checks that they agree.
    ///
    /// @throws ModelFileException where a file is missing, breaks its format or contradicts another
    public static ShardedSafetensors open(Path index) throws IOException {
        ModelFiles.requireFile(index);
        Map<String, String> weightMap = readIndex(index);
        Map<String, Path> paths = shardPaths(index, weightMap);
        var model = new ShardedSafetensors(index, new ArrayList<>());
        try {
            for (var entry : paths.entrySet()) {
                SafetensorsFile shard = SafetensorsFile.open(entry.getValue());
                model.shards.add(shard);
                model.add(shard, entry.getKey(), weightMap);
            }
            model.requireAll(weightMap);
            return model;
        } catch (IOException | RuntimeException e) {
            model.close();
            throw e;
        }
    }

    private static Map<String, String> readIndex(Path index) throws IOException {
        Map<String, String> weightMap = null;
        try (var json = new StrictJson(index, "the index", Files.newInputStream(index))) {
            json.expect(JsonToken.START_OBJECT);
            while (json.next() != JsonToken.END_OBJECT) {
                String key = json.name();
                json.enter("key", key);
                if (!key.equals(WEIGHT_MAP)) {
                    json.skipValue();
                } else if (weightMap == null) {
                    weightMap = readWeightMap(json);
                } else {
                    throw json.bad("stands twice");
                }
            }
            json.expectEnd();
            if (weightMap == null || weightMap.isEmpty()) {
                json.enter(WEIGHT_MAP, null);
                throw json.bad("is missing or empty");
            }
            return weightMap;
        }
    }

    private static Map<String, String> readWeightMap(StrictJson json) throws IOException {
        Map<String, String> weightMap = new LinkedHashMap<>();
        json.enter(WEIGHT_MAP, null);
        json.expect(JsonToken.START_OBJECT);
        while (json.next() != JsonToken.END_OBJECT) {
            String tensor = json.name();
            json.enter("tensor", tensor);
            if (weightMap.size() == StrictJson.MOST_TENSORS) {
                throw json.bad(
                        "is one more than the %d that are read".formatted(StrictJson.MOST_TENSORS));
            }
            if (weightMap.put(tensor, json.string()) != null) {
                throw json.bad("stands twice in the weight_map");
            }
        }
        return weightMap;
    }

    private static Map<String, Path> shardPaths(Path index, Map<String, String> weightMap)
            throws ModelFileException {
        Map<String, Path> paths = new TreeMap<>();
        for (String shard : weightMap.values()) {
            if (!paths.containsKey(shard)) {
                paths.put(shard, shardPath(index, shard));
            }
        }
        return paths;
    }

    /// The rule is lexical, and the same on every system: no backslash, no drive, no "..".
    private static Path shardPath(Path index, String shard) throws ModelFileException {
        try {
            Path path = Path.of(shard);
            boolean inside =
                    !shard.isBlank()
                            && shard.indexOf('\\') < 0
                            && shard.indexOf(':') < 0
                            && !path.isAbsolute()
                            && !List.of(shard.split("/")).contains("..");
            if (inside) {
                return index.resolveSibling(path);
            }
        } catch (InvalidPathException e) {
            // Falls through to the refusal: a name that is no path at all.
        }
        throw new ModelFileException(
                index,
                "shard " + BadFileException.quote(shard),
                "is not a file inside the model's directory",
                "do not trust this index: fetch the model again from a source that you know");
    }

    private void add(SafetensorsFile shard, String name, Map<String, String> weightMap)
            throws ModelFileException {
        for (StoredTensor tensor : shard.tensors()) {
            if (!name.equals(weightMap.get(tensor.name()))) {
                throw new ModelFileException(
                        shard.path(),
                        "tensor " + BadFileException.quote(tensor.name()),
                        "is not the one that %s names".formatted(index.getFileName()),
                        "use the index and the shards of one export");
            }
            shardOf.put(tensor.name(), shard);
            tensors.add(tensor);
        }
        shard.metadata().forEach(metadata::putIfAbsent);
    }

    private void requireAll(Map<String, String> weightMap) throws ModelFileException {
        for (var entry : weightMap.entrySet()) {
            if (!shardOf.containsKey(entry.getKey())) {
                throw new ModelFileException(
                        index,
                        "tensor " + BadFileException.quote(entry.getKey()),
                        "is not in shard " + BadFileException.quote(entry.getValue()),
                        "use the index and the shards of one export");
            }
        }
    }

    @Override
    public Path path() {
        return index;
    }

    @Override
    public List<StoredTensor> tensors() {
        return Collections.unmodifiableList(tensors);
    }

    @Override
    public Map<String, String> metadata() {
        return Collections.unmodifiableMap(metadata);
    }

    @Override
    public @Nullable StoredTensor find(String name) {
        SafetensorsFile shard = shardOf.get(name);
        return shard == null ? null : shard.find(name);
    }

    @Override
    public MemorySegment bytes(String name) throws ModelFileException {
        SafetensorsFile shard = shardOf.get(name);
        if (shard == null) {
            throw ModelFiles.noTensor(index, name);
        }
        return shard.bytes(name);
    }

    @Override
    public void close() {
        shards.forEach(SafetensorsFile::close);
    }
}
