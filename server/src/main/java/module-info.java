/// Models over HTTP, as OpenAI's clients ask for them.
module io.tornadogpt.server {
    requires com.fasterxml.jackson.core;
    requires com.fasterxml.jackson.databind;
    requires transitive io.tornadogpt.chat;
    requires transitive io.tornadogpt.sampler;
    requires jdk.httpserver;
    requires static transitive org.jspecify;

    exports io.tornadogpt.server;
    exports io.tornadogpt.server.model;
}
