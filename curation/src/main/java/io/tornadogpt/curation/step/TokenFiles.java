package io.tornadogpt.curation.step;

/// Writes the documents as token files too, `tokens/train.bin` and, of what is held out,
/// `tokens/val.bin`, with the tokenizer beside them: the folder is data to train on. An end-of-text
/// token stands behind each document, where the tokenizer has one.
///
/// @param tokenizer `gpt2`, or the path of one; it has to be named
public record TokenFiles(String tokenizer) implements CorpusStep {
    /// Without a tokenizer.
    public static final TokenFiles DEFAULT = new TokenFiles("");
}
