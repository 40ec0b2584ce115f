package io.tornadogpt.trainer.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// The text that a model learns where a user names none: Java sources of the JDK that runs, or
/// stories made by a small generator where the JDK came without its sources.
public final class OwnText {
    /// The tokenizer that is made for it. In three minutes a model of pieces of words writes whole
    /// names and statements, one of characters is still learning to spell.
    public static final TokenizerChoice TOKENIZER = new TokenizerChoice.Bpe(1024);

    private static final long STORY_SEED = 1337;
    private static final int STORY_CHARACTERS = 1_000_000;

    private OwnText() {}

    /// What the text is, in words.
    public static String description() {
        return JdkSources.find()
                .map(
                        sources ->
                                "the Java sources of this JDK: "
                                        + JdkSources.folders()
                                        + " from "
                                        + sources.archive())
                .orElse(
                        "stories made by a small generator, as this JDK has no lib/src.zip with"
                                + " Java sources");
    }

    /// Writes the text.
    ///
    /// @param folder made if need be
    /// @param separator written behind each document
    /// @return the file
    public static Path write(Path folder, String separator) throws IOException {
        Files.createDirectories(folder);
        Path text = folder.resolve("text.txt");
        Optional<JdkSources> sources = JdkSources.find();
        if (sources.isPresent()) {
            sources.get().writeTo(text, separator);
        } else {
            new Stories(STORY_SEED).writeTo(text, STORY_CHARACTERS);
        }
        return text;
    }
}
