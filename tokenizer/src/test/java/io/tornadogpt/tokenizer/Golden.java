package io.tornadogpt.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import io.tornadogpt.tokenizer.model.Bpe;
import io.tornadogpt.tokenizer.model.MergeTable;
import io.tornadogpt.tokenizer.model.Merges;
import io.tornadogpt.tokenizer.model.PieceMerger;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.StreamSupport;

/// What `src/test/python/golden.py` wrote.
final class Golden {

    private Golden() {}

    static Path file(String name) {
        URL url = Objects.requireNonNull(Golden.class.getResource(name), name);
        try {
            return Path.of(url.toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    static Tokenizer bpe() {
        try {
            return Tokenizer.load(file("tokenizer.json"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Merges merges(Tokenizer tokenizer) {
        return ((Bpe) ((PipelineTokenizer) tokenizer).pipeline().model()).merges();
    }

    static PieceMerger merger(Tokenizer tokenizer) {
        int[] tokenOfByte = new int[256];
        for (int id = 0; id < tokenizer.vocabularySize(); id++) {
            byte[] bytes = tokenizer.tokenBytes(id);
            if (bytes.length == 1) {
                tokenOfByte[bytes[0] & 0xFF] = id;
            }
        }
        return new PieceMerger(tokenOfByte, new MergeTable(merges(tokenizer)));
    }

    static JsonNode json(String name) {
        try {
            return new ObjectMapper().readTree(file(name).toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static int[] ids(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToInt(JsonNode::intValue)
                .toArray();
    }
}
