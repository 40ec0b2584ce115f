package io.tornadogpt.evaluation.task;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import io.tornadogpt.evaluation.EvaluationFileException;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/// The folder that tasks find their files in.
///
/// @param folder which may be missing; then a task says so
public record TaskFiles(Path folder) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /// The first of some files that is there.
    ///
    /// @throws EvaluationFileException where none is
    public Path find(String task, List<String> names) throws IOException {
        return first(names)
                .orElseThrow(
                        () ->
                                new EvaluationFileException(
                                        folder,
                                        "the data folder",
                                        Files.isDirectory(folder)
                                                ? "has no %s, which task %s reads"
                                                        .formatted(String.join(" or ", names), task)
                                                : "is not there, so task %s has no %s to read"
                                                        .formatted(task, names.getFirst()),
                                        "put the file there, or name the folder that holds it"));
    }

    /// The first of some files that is there, if one is.
    public Optional<Path> first(List<String> names) {
        return names.stream().map(folder::resolve).filter(Files::isRegularFile).findFirst();
    }

    /// The text of a file, unpacked where its name ends in `.bz2`.
    public static String text(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        if (file.toString().endsWith(".bz2")) {
            try {
                bytes = BzipReader.read(bytes);
            } catch (IOException e) {
                throw new EvaluationFileException(
                        file, "the file", String.valueOf(e.getMessage()), "fetch it again", e);
            }
        }
        return decoded(file, bytes);
    }

    /// The text of a file in an archive.
    public static String entry(Path archive, String name) throws IOException {
        try (var zip = new ZipFile(archive.toFile())) {
            ZipEntry entry = zip.getEntry(name);
            if (entry == null) {
                throw new EvaluationFileException(
                        archive,
                        "the archive",
                        "has no " + name,
                        "check the task's name, or fetch the archive again");
            }
            try (var in = zip.getInputStream(entry)) {
                return decoded(archive, in.readAllBytes());
            }
        }
    }

    /// The names of an archive's files.
    public static List<String> entries(Path archive) throws IOException {
        try (var zip = new ZipFile(archive.toFile())) {
            return zip.stream().filter(e -> !e.isDirectory()).map(ZipEntry::getName).toList();
        }
    }

    private static String decoded(Path file, byte[] bytes) throws IOException {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw new EvaluationFileException(
                    file, "the text", "is no UTF-8", "convert it to UTF-8, or fetch it again", e);
        }
    }

    /// The lines of a text, without their ends.
    public static List<String> lines(String text) {
        var lines = new ArrayList<>(List.of(text.split("\r?\n", -1)));
        if (lines.getLast().isEmpty()) {
            lines.removeLast();
        }
        return lines;
    }

    /// The objects of a file of one JSON object a line.
    public static List<JsonNode> objects(Path file, String text) throws IOException {
        var objects = new ArrayList<JsonNode>();
        int number = 0;
        for (String line : lines(text)) {
            number++;
            if (line.isBlank()) {
                continue;
            }
            try {
                JsonNode node = JSON.readTree(line);
                if (!node.isObject()) {
                    throw wrong(file, number, "is no JSON object");
                }
                objects.add(node);
            } catch (JsonProcessingException e) {
                throw wrong(file, number, "is no JSON (" + e.getOriginalMessage() + ")");
            }
        }
        return objects;
    }

    /// A text that an object must have.
    public static String string(Path file, JsonNode object, int number, String key)
            throws IOException {
        JsonNode value = object.get(key);
        if (value == null || !value.isTextual()) {
            throw wrong(file, number, "has no text '%s'".formatted(key));
        }
        return value.asText();
    }

    /// What is wrong with a line.
    ///
    /// @param number of the line or item, from 1
    public static EvaluationFileException wrong(Path file, int number, String problem) {
        return new EvaluationFileException(
                file, "line " + number, problem, "correct it, or fetch the file again");
    }
}
