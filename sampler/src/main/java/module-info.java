/// Generates text from a model: a sampling chain over logits, a key-value cache, streaming.
module io.tornadogpt.sampler {
    requires transitive com.fasterxml.jackson.databind;
    requires transitive io.tornadogpt.core;
    requires transitive io.tornadogpt.tokenizer;
    requires static transitive org.jspecify;

    exports io.tornadogpt.sampler;
    exports io.tornadogpt.sampler.engine;
    exports io.tornadogpt.sampler.grammar;
}
