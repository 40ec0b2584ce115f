/// Generates text from a model.
module io.tornadogpt.sampler {
    requires transitive io.tornadogpt.core;
    requires transitive io.tornadogpt.tokenizer;
    requires static transitive org.jspecify;
}
