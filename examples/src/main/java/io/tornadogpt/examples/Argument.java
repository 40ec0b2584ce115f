package io.tornadogpt.examples;

import io.tornadogpt.trainer.run.RunDirectory;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;

/// What an example is given on the command line. It is looked at before the example begins, so that
/// the example can be about its idea.
enum Argument {
    SENTENCE("a text"),
    TEXT("a text, in quotes where it has blanks"),
    LETTER("one letter, such as e"),
    STEPS("a whole number from 1 to " + Integer.MAX_VALUE),
    EPOCHS("a whole number from 1 to " + Integer.MAX_VALUE),
    SEED("a whole number from 1 to " + Integer.MAX_VALUE),
    CHANNELS("a multiple of 64 from 64 to 4096"),
    RATE("a learning rate above 0, such as 5e-5"),
    FILE("a file with text in UTF-8"),
    ROWS("a file of rows: .json, .jsonl, .csv or .tsv"),
    DIR("a folder to write to, which is new or empty"),
    MODEL_DIR("a folder with config.json, model.safetensors and the tokenizer's files"),
    CHECKPOINT("a checkpoint of llama2.c, such as stories260K.bin"),
    VOCABULARY("a vocabulary of llama2.c, such as tok512.bin"),
    RUN("a folder that ./gpt train wrote"),
    PICTURE("a file to write, whose name ends in .svg");

    private static final String CONFIG = "config.json";
    private static final int MOST_CHANNELS = 4096;

    private final String expected;

    Argument(String expected) {
        this.expected = expected;
    }

    /// What is wrong with a value, and what is expected; null where it will do.
    ///
    /// @throws IOException where the run that is named was damaged
    @Nullable String refusal(String value) throws IOException {
        if (value.isEmpty() && this != SENTENCE) {
            return "%s is empty; expected %s".formatted(this, expected);
        }
        String problem = problem(value);
        return problem == null
                ? null
                : "%s is '%s'%s; expected %s".formatted(this, value, problem, expected);
    }

    /// How a sentence goes on that begins with the value; null where nothing is wrong.
    private @Nullable String problem(String value) throws IOException {
        return switch (this) {
            case SENTENCE, TEXT -> null;
            case LETTER -> isLetter(value) ? null : "";
            case STEPS, EPOCHS, SEED -> isSteps(value) ? null : "";
            case CHANNELS -> isSteps(value) && isWidth(Integer.parseInt(value)) ? null : "";
            case RATE -> isRate(value) ? null : "";
            case FILE, ROWS -> problemOfText(Path.of(value));
            case CHECKPOINT, VOCABULARY -> problemOfFile(Path.of(value));
            case DIR -> problemOfNew(Path.of(value));
            case MODEL_DIR -> problemOfModel(Path.of(value));
            case RUN -> problemOfRun(Path.of(value));
            case PICTURE -> problemOfPicture(Path.of(value));
        };
    }

    private static boolean isLetter(String value) {
        return value.codePointCount(0, value.length()) == 1
                && Character.isLetter(value.codePointAt(0));
    }

    private static boolean isSteps(String value) {
        try {
            return Integer.parseInt(value) >= 1;
        } catch (NumberFormatException _) {
            return false;
        }
    }

    private static boolean isWidth(int channels) {
        return channels % BookStory.HEAD == 0 && channels <= MOST_CHANNELS;
    }

    private static boolean isRate(String value) {
        try {
            double rate = Double.parseDouble(value);
            return rate > 0 && Double.isFinite(rate);
        } catch (NumberFormatException _) {
            return false;
        }
    }

    private static @Nullable String problemOfFile(Path file) {
        if (!Files.exists(file)) {
            return ", which does not exist";
        }
        return Files.isDirectory(file) ? ", which is a folder" : null;
    }

    private static @Nullable String problemOfText(Path file) throws IOException {
        String problem = problemOfFile(file);
        if (problem != null) {
            return problem;
        }
        try {
            return Files.readString(file).isEmpty() ? ", which is empty" : null;
        } catch (CharacterCodingException _) {
            return ", which is not UTF-8";
        }
    }

    private static @Nullable String problemOfNew(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return Files.exists(folder) ? ", which is a file" : problemOfParents(folder);
        }
        try (var files = Files.list(folder)) {
            return files.findAny().isPresent() ? ", which holds something already" : null;
        }
    }

    private static @Nullable String problemOfPicture(Path file) {
        if (Files.isDirectory(file)) {
            return ", which is a folder";
        }
        return file.toString().endsWith(".svg") ? problemOfParents(file) : "";
    }

    /// What keeps a file from being made: a file where a folder would have to be.
    private static @Nullable String problemOfParents(Path file) {
        Path parent = file.toAbsolutePath().getParent();
        while (parent != null && !Files.exists(parent)) {
            parent = parent.getParent();
        }
        return parent == null || Files.isDirectory(parent)
                ? null
                : ", but " + parent + " is a file";
    }

    private static @Nullable String problemOfModel(Path folder) {
        if (Files.exists(folder.resolve(CONFIG))) {
            return null;
        }
        Path best = new RunDirectory(folder).best();
        if (Files.exists(best.resolve(CONFIG))) {
            return ", which is a run, and its model is in " + best;
        }
        return Files.exists(folder) ? ", which has no " + CONFIG : ", which does not exist";
    }

    private static @Nullable String problemOfRun(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return Files.exists(folder) ? ", which is a file" : ", which does not exist";
        }
        Path model = new RunDirectory(folder).model();
        return Files.exists(model.resolve(CONFIG)) ? null : ", which holds no model";
    }
}
