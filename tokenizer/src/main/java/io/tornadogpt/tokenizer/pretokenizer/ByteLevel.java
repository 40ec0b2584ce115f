package io.tornadogpt.tokenizer.pretokenizer;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.tokenizer.TokenizerFormatException;
import io.tornadogpt.tokenizer.json.JsonSection;
import io.tornadogpt.tokenizer.text.ByteAlphabet;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Cuts by GPT-2's pattern, if asked to, and spells each piece's bytes as printable characters.
///
/// @param addPrefixSpace whether a text that does not begin with a space gets one
/// @param trimOffsets kept for the file; it concerns offsets, which are not computed here
/// @param useRegex whether to cut
public record ByteLevel(boolean addPrefixSpace, boolean trimOffsets, boolean useRegex)
        implements PreTokenizer {

    static ByteLevel read(JsonSection section) throws TokenizerFormatException {
        return new ByteLevel(
                section.flag("add_prefix_space", true),
                section.flag("trim_offsets", true),
                section.flag("use_regex", true));
    }

    @Override
    public String type() {
        return "ByteLevel";
    }

    @Override
    public void cut(String text, boolean first, Pieces out) {
        String prefixed = addPrefixSpace && text.charAt(0) != ' ' ? " " + text : text;
        byte[] bytes = prefixed.getBytes(StandardCharsets.UTF_8);
        if (!useRegex) {
            out.accept(ByteAlphabet.spell(bytes), first);
            return;
        }
        for (int at = 0, end; at < bytes.length; at = end) {
            end = Gpt2Pieces.GPT2.pieceEnd(bytes, at, bytes.length);
            out.accept(ByteAlphabet.spell(Arrays.copyOfRange(bytes, at, end)), first && at == 0);
        }
    }

    @Override
    public void write(ObjectNode section) {
        section.put("add_prefix_space", addPrefixSpace);
        section.put("trim_offsets", trimOffsets);
        section.put("use_regex", useRegex);
    }
}
