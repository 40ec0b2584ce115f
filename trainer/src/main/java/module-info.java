/// Trains a model: token files, batches, schedules, the loop, checkpoints and metrics.
module io.tornadogpt.trainer {
    requires com.fasterxml.jackson.databind;
    requires transitive io.tornadogpt.core;
    requires transitive io.tornadogpt.tokenizer;
    requires static transitive org.jspecify;
}
