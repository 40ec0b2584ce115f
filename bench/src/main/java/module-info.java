/// Measures whole jobs, training and generation, against each other and against what the machine
/// can do.
module io.tornadogpt.bench {
    requires com.fasterxml.jackson.databind;
    requires java.net.http;
    requires transitive io.tornadogpt.core;
    requires transitive io.tornadogpt.sampler;
    requires transitive io.tornadogpt.trainer;
    requires jdk.incubator.vector;
    requires static transitive org.jspecify;

    exports io.tornadogpt.bench;

    opens io.tornadogpt.bench to
            com.fasterxml.jackson.databind;
}
