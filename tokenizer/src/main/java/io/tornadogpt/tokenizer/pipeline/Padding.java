package io.tornadogpt.tokenizer.pipeline;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.tokenizer.Encoding;
import io.tornadogpt.tokenizer.TokenizerFormatException;
import io.tornadogpt.tokenizer.json.JsonSection;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// Makes the texts of a batch equally long.
///
/// @param fixed the length to pad to, 0 for that of the longest text
/// @param left whether padding goes before the text
/// @param multiple the length is rounded up to a multiple of this, 0 for none
public record Padding(int fixed, boolean left, int multiple, int id, int typeId, String token) {

    private static final int LONGEST = 1 << 24;

    /// Reads a section; null where there is none.
    public static @Nullable Padding read(JsonSection section) throws TokenizerFormatException {
        if (section.isNull()) {
            return null;
        }
        JsonSection strategy = section.child("strategy");
        boolean longest = strategy.node().asText().equals("BatchLongest");
        int fixed = longest ? 0 : strategy.integer("Fixed", 0, LONGEST);
        return new Padding(
                fixed,
                Truncation.isLeft(section, "direction"),
                section.integer("pad_to_multiple_of", 0, LONGEST, 0),
                section.integer("pad_id", 0, Integer.MAX_VALUE),
                section.integer("pad_type_id", 0, Integer.MAX_VALUE),
                section.text("pad_token"));
    }

    public List<Encoding> apply(List<Encoding> batch) {
        int length = fixed;
        if (fixed == 0) {
            length = batch.stream().mapToInt(Encoding::size).max().orElse(0);
        }
        if (multiple > 0 && length % multiple > 0) {
            length += multiple - length % multiple;
        }
        int wanted = length;
        return batch.stream().map(each -> pad(each, wanted)).toList();
    }

    private Encoding pad(Encoding text, int length) {
        if (text.size() >= length) {
            return text;
        }
        Encoding padding = Encoding.padding(length - text.size(), id, typeId);
        return left ? padding.plus(text) : text.plus(padding);
    }

    public void write(ObjectNode section) {
        if (fixed == 0) {
            section.put("strategy", "BatchLongest");
        } else {
            section.putObject("strategy").put("Fixed", fixed);
        }
        section.put("direction", left ? "Left" : "Right");
        if (multiple == 0) {
            section.putNull("pad_to_multiple_of");
        } else {
            section.put("pad_to_multiple_of", multiple);
        }
        section.put("pad_id", id);
        section.put("pad_type_id", typeId);
        section.put("pad_token", token);
    }
}
