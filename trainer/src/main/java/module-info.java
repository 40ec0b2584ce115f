/// Trains a model: token files, batches, schedules, the loop, checkpoints and metrics.
module io.tornadogpt.trainer {
    requires com.fasterxml.jackson.databind;
    requires transitive io.tornadogpt.core;
    requires transitive io.tornadogpt.tokenizer;
    requires jdk.management;
    requires static transitive org.jspecify;

    exports io.tornadogpt.trainer.data;
    exports io.tornadogpt.trainer.loop;
    exports io.tornadogpt.trainer.metrics;
    exports io.tornadogpt.trainer.parallel;
    exports io.tornadogpt.trainer.report;
    exports io.tornadogpt.trainer.run;
    exports io.tornadogpt.trainer.settings;
    exports io.tornadogpt.trainer.sweep;

    opens io.tornadogpt.trainer.data to
            com.fasterxml.jackson.databind;
    opens io.tornadogpt.trainer.loop to
            com.fasterxml.jackson.databind;
    opens io.tornadogpt.trainer.metrics to
            com.fasterxml.jackson.databind;
    opens io.tornadogpt.trainer.report to
            com.fasterxml.jackson.databind;
    opens io.tornadogpt.trainer.run to
            com.fasterxml.jackson.databind;
    opens io.tornadogpt.trainer.sweep to
            com.fasterxml.jackson.databind;
}
