package io.tornadogpt.tokenizer.files;

import io.tornadogpt.tokenizer.TokenizerFormatException;
import io.tornadogpt.tokenizer.pipeline.Pipeline;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;

/// GPT-2's vocabulary as the library jtokkit ships it: OpenAI's rank file `r50k_base`, whose ranks
/// are those of tiktoken's `gpt2`.
public final class Gpt2Vocabulary {

    private static final String RESOURCE = "com/knuddels/jtokkit/r50k_base.tiktoken";
    private static final int TOKENS = 50_257;

    private Gpt2Vocabulary() {}

    public static Pipeline read() throws IOException {
        return read(Gpt2Vocabulary.class.getClassLoader());
    }

    /// @param loader sees the library
    public static Pipeline read(ClassLoader loader) throws IOException {
        Path name = Path.of(RESOURCE);
        try (InputStream in = loader.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new TokenizerFormatException(
                        name,
                        "there is no such resource; GPT-2's vocabulary comes with the library"
                                + " com.knuddels:jtokkit, so add it to the class path, or name a"
                                + " directory with GPT-2's tokenizer files instead");
            }
            Pipeline tokenizer = RankFile.read(in, name);
            if (tokenizer.size() != TOKENS) {
                throw new TokenizerFormatException(
                        name,
                        "has "
                                + tokenizer.size()
                                + " tokens with the end of text; expected GPT-2's "
                                + TOKENS);
            }
            return tokenizer;
        }
    }
}
