/// Short programs against the public API, one idea each.
module io.tornadogpt.examples {
    requires io.tornadogpt.evaluation;
    requires io.tornadogpt.finetune;
    requires io.tornadogpt.sampler;
    requires io.tornadogpt.trainer;
    requires static transitive org.jspecify;
}
