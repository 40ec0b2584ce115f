package io.tornadogpt.trainer.data;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;

import io.tornadogpt.core.files.AtomicFile;
import io.tornadogpt.core.files.Manifest;
import io.tornadogpt.core.files.Sha256;
import io.tornadogpt.trainer.json.StrictMapper;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// What a token file cannot say of itself, in the JSON file `NAME.bin.json` beside it.
///
/// @param tokenizer what made the ids: `char`, or the path or name of a tokenizer
/// @param count how many ids there are
/// @param vocabularySize how many different ids the tokenizer can make
/// @param dtype `uint16` or `uint32`
/// @param sha256 of the whole token file
/// @param textBytes length of the text in UTF-8, for losses in bits per byte; null if not known
public record TokenFileInfo(
        @JsonProperty(required = true) String tokenizer,
        @JsonProperty(required = true) long count,
        @JsonProperty(required = true) int vocabularySize,
        @JsonProperty(required = true) String dtype,
        @JsonProperty(required = true) Sha256 sha256,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long textBytes) {

    /// Where the side file of a token file is.
    public static Path pathFor(Path tokenFile) {
        return tokenFile.resolveSibling(tokenFile.getFileName() + ".json");
    }

    /// The side file of a token file, or null where there is none.
    ///
    /// @throws DataFileException where it holds anything else, or is not what the [Manifest] of the
    ///   directory belongs to, if there is one
    public static @Nullable TokenFileInfo read(Path tokenFile) throws IOException {
        Path path = pathFor(tokenFile);
        if (!Files.exists(path)) {
            return null;
        }
        requireAsPrepared(path);
        try {
            return StrictMapper.read(Files.readAllBytes(path), TokenFileInfo.class);
        } catch (JsonProcessingException e) {
            throw new DataFileException(
                    path,
                    "the side file",
                    "is not as expected (" + StrictMapper.reason(e) + ")",
                    "prepare the data again, or delete it if the ids are raw uint16",
                    e);
        }
    }

    private static void requireAsPrepared(Path path) throws IOException {
        Path directory = path.toAbsolutePath().normalize().getParent();
        if (directory == null || !Manifest.isIn(directory)) {
            return;
        }
        Manifest.Entry saved = Manifest.read(directory).files().get(path.getFileName().toString());
        if (saved != null && !Sha256.of(path).equals(saved.sha256())) {
            throw new DataFileException(
                    path,
                    "the side file",
                    "is not the one that was saved: its SHA-256 differs",
                    "prepare the data again");
        }
    }

    /// Writes the side file of a token file.
    void write(Path tokenFile) throws IOException {
        byte[] json = StrictMapper.JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(this);
        AtomicFile.write(pathFor(tokenFile), json);
    }
}
