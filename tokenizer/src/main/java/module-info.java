/// Text to token ids and back: one token per character, or GPT-2's byte-level byte-pair encoding,
/// in Hugging Face's files.
module io.tornadogpt.tokenizer {
    requires com.fasterxml.jackson.core;
    requires com.fasterxml.jackson.databind;
    requires transitive io.tornadogpt.gguf;
    requires static transitive org.jspecify;

    exports io.tornadogpt.tokenizer;
}
