/// Tokenizers: character level and byte-level BPE, with Hugging Face's files.
module io.tornadogpt.tokenizer {
    requires com.fasterxml.jackson.databind;
    requires static org.jspecify;
}
