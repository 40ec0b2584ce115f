package io.tornadogpt.tokenizer;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A tokenizer's special tokens, and where their names stand in a text.
final class SpecialTokens {

    /// The name of a special token found in `text[start, end)`.
    record Match(int start, int end, int id) {}

    static final SpecialTokens NONE = new SpecialTokens(Map.of());

    private final Map<String, Integer> ids;
    private final Map<Integer, byte[]> bytes;
    private final List<Map.Entry<String, Integer>> longestFirst;
    private final BitSet firstChars = new BitSet();

    SpecialTokens(Map<String, Integer> idOfName) {
        Map<String, Integer> ordered = new LinkedHashMap<>();
        Map<Integer, byte[]> byId = new LinkedHashMap<>();
        idOfName.entrySet().stream()
                .sorted(Map.Entry.comparingByValue())
                .forEach(
                        e -> {
                            ordered.put(e.getKey(), e.getValue());
                            byId.put(e.getValue(), e.getKey().getBytes(StandardCharsets.UTF_8));
                            firstChars.set(e.getKey().charAt(0));
                        });
        ids = Collections.unmodifiableMap(ordered);
        bytes = byId;
        longestFirst = new ArrayList<>(ordered.entrySet());
        longestFirst.sort(Comparator.comparingInt(token -> -token.getKey().length()));
    }

    Map<String, Integer> ids() {
        return ids;
    }

    /// The UTF-8 bytes of a special token's name, or null where `id` is not special.
    byte @Nullable [] bytesOf(int id) {
        return bytes.get(id);
    }

    /// The first match at or after `from`; of several at one place the longest.
    @Nullable Match next(String text, int from) {
        if (longestFirst.isEmpty()) {
            return null;
        }
        for (int at = from; at < text.length(); at++) {
            if (firstChars.get(text.charAt(at))) {
                for (Map.Entry<String, Integer> token : longestFirst) {
                    String name = token.getKey();
                    if (text.startsWith(name, at)) {
                        return new Match(at, at + name.length(), token.getValue());
                    }
                }
            }
        }
        return null;
    }
}
