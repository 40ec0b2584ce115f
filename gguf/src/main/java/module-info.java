/// GGUF, the file format of llama.cpp and of what is built on it: one file with a model's weights,
/// its description and its tokenizer.
module io.tornadogpt.gguf {
    requires static transitive org.jspecify;

    exports io.tornadogpt.gguf;
}
