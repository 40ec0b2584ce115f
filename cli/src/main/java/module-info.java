/// The `gpt` command: argument parsing and printing over the trainer and the sampler.
module io.tornadogpt.cli {
    requires com.fasterxml.jackson.databind;
    requires info.picocli;
    requires io.tornadogpt.bench;
    requires static io.tornadogpt.curation; // asked for by the commands that need it
    requires io.tornadogpt.evaluation;
    requires io.tornadogpt.finetune;
    requires io.tornadogpt.hub;
    requires io.tornadogpt.parallel;
    requires io.tornadogpt.sampler;
    requires static io.tornadogpt.scaling; // asked for by the command that needs it
    requires io.tornadogpt.server;
    requires io.tornadogpt.trainer;
    requires java.management; // the JVM's own options, for a second one like it
    requires jdk.unsupported; // sun.misc.Signal, for Ctrl-C
    requires org.jline.reader;
    requires static transitive org.jspecify;

    opens io.tornadogpt.cli to
            info.picocli;
}
