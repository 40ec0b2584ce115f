package io.tornadogpt.tokenizer.json;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/// A stage of the pipeline that a `tokenizer.json` has a section for.
public interface Stage {

    /// The value of the section's field `type`.
    String type();

    /// Adds the section's other fields.
    default void write(ObjectNode section) {}

    /// The section as JSON.
    default ObjectNode toJson() {
        ObjectNode section = JsonNodeFactory.instance.objectNode();
        section.put("type", type());
        write(section);
        return section;
    }
}
