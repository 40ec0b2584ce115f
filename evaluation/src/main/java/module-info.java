/// Asks models what they can do: tasks, metrics with standard errors, and the card of a model.
// Commons CSV has no module descriptor; its jar states its name in the manifest.
@SuppressWarnings("requires-automatic")
module io.tornadogpt.evaluation {
    requires transitive com.fasterxml.jackson.databind;
    requires transitive io.tornadogpt.core;
    requires io.tornadogpt.sampler;
    requires transitive io.tornadogpt.tokenizer;
    requires transitive io.tornadogpt.trainer;
    requires org.apache.commons.csv;
    requires static transitive org.jspecify;

    exports io.tornadogpt.evaluation;
    exports io.tornadogpt.evaluation.bias;
    exports io.tornadogpt.evaluation.card;

    opens io.tornadogpt.evaluation.bias to
            com.fasterxml.jackson.databind;
    opens io.tornadogpt.evaluation.task to
            com.fasterxml.jackson.databind;
}
