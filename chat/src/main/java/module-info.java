/// Chat templates: a conversation becomes the text that a model was trained on, by the model's own
/// Jinja template, as transformers renders it.
module io.tornadogpt.chat {
    requires com.fasterxml.jackson.core;
    requires transitive com.fasterxml.jackson.databind;
    requires transitive io.tornadogpt.gguf;
    requires static transitive org.jspecify;

    exports io.tornadogpt.chat;
}
