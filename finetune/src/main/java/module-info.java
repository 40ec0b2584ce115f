/// Makes a pretrained model useful: instructions, classification, preferences, rewards.
module io.tornadogpt.finetune {
    requires com.fasterxml.jackson.databind;
    requires transitive io.tornadogpt.chat;
    requires transitive io.tornadogpt.core;
    requires io.tornadogpt.sampler;
    requires transitive io.tornadogpt.tokenizer;
    requires transitive io.tornadogpt.trainer;
    requires org.apache.commons.csv;
    requires static transitive org.jspecify;

    exports io.tornadogpt.finetune;
    exports io.tornadogpt.finetune.data;
    exports io.tornadogpt.finetune.reward;
    exports io.tornadogpt.finetune.task;

    opens io.tornadogpt.finetune.task to
            com.fasterxml.jackson.databind;
}
