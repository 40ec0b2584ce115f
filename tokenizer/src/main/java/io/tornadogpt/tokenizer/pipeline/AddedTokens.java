package io.tornadogpt.tokenizer.pipeline;

import io.tornadogpt.tokenizer.AddedToken;
import io.tornadogpt.tokenizer.normalizer.Normalizer;
import io.tornadogpt.tokenizer.text.Characters;
import io.tornadogpt.tokenizer.text.Trie;

import org.jspecify.annotations.Nullable;

import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The tokens that are found by name. Of several at one place the longest counts, and the next is
/// looked for behind it.
public final class AddedTokens {

    public static final AddedTokens NONE = new AddedTokens(List.of(), null);

    /// Takes a text in parts.
    public interface Parts {
        /// @param from where a stretch without added tokens begins in `text`
        void text(String text, int from, int to, boolean first);

        void token(int id);
    }

    private final Map<Integer, AddedToken> byId = new LinkedHashMap<>();
    private final Map<String, Integer> special = new LinkedHashMap<>();

    /// What tokens that are looked for in normalized text decode to: their normalized names.
    private final Map<Integer, String> decoded = new LinkedHashMap<>();

    private final @Nullable Trie raw;
    private final @Nullable Trie normalized;
    private final @Nullable Normalizer normalizer;
    private final boolean ordinary;

    /// Which ASCII characters begin a token, and whether another does.
    private final boolean[] begins = new boolean[0x80];

    private boolean otherBegins;

    public AddedTokens(Collection<AddedToken> tokens, @Nullable Normalizer normalizer) {
        this.normalizer = normalizer;
        Trie rawTrie = new Trie();
        Trie normalizedTrie = new Trie();
        boolean anyRaw = false;
        boolean anyNormalized = false;
        boolean anyOrdinary = false;
        List<AddedToken> ordered =
                tokens.stream().sorted(Comparator.comparingInt(AddedToken::id)).toList();
        for (AddedToken token : ordered) {
            byId.put(token.id(), token);
            if (token.special()) {
                special.put(token.content(), token.id());
            }
            anyOrdinary |= !token.special();
            if (token.normalized() && normalizer != null) {
                String name = normalizer.normalize(token.content());
                decoded.put(token.id(), name);
                if (!name.isEmpty()) {
                    put(normalizedTrie, name, token.id());
                    anyNormalized = true;
                }
            } else if (token.normalized()) {
                put(normalizedTrie, token.content(), token.id());
                anyNormalized = true;
            } else {
                put(rawTrie, token.content(), token.id());
                anyRaw = true;
            }
        }
        raw = anyRaw ? rawTrie : null;
        normalized = anyNormalized ? normalizedTrie : null;
        ordinary = anyOrdinary;
    }

    private void put(Trie trie, String name, int id) {
        trie.put(name, id);
        if (!name.isEmpty() && name.charAt(0) < begins.length) {
            begins[name.charAt(0)] = true;
        } else {
            otherBegins = true;
        }
    }

    private boolean mayBegin(char c) {
        return c < begins.length ? begins[c] : otherBegins;
    }

    /// In order of their ids.
    public Collection<AddedToken> all() {
        return Collections.unmodifiableCollection(byId.values());
    }

    public @Nullable AddedToken get(int id) {
        return byId.get(id);
    }

    /// What a decoder gets for an added token; null where there is none.
    public @Nullable String decoded(int id) {
        AddedToken token = byId.get(id);
        return token == null ? null : decoded.getOrDefault(id, token.content());
    }

    /// The special ones by name, in order of their ids.
    public Map<String, Integer> special() {
        return Collections.unmodifiableMap(special);
    }

    /// One more than the largest id.
    public int size() {
        return byId.keySet().stream().mapToInt(id -> id + 1).max().orElse(0);
    }

    /// Whether tokens may be found in plain text.
    public boolean hasOrdinary() {
        return ordinary;
    }

    /// Finds the added tokens of a text; what lies between comes normalized.
    ///
    /// @param withSpecial whether names of special tokens stand for these tokens
    public void split(String text, boolean withSpecial, Parts out) {
        boolean look = withSpecial || ordinary;
        find(
                look ? raw : null,
                text,
                0,
                text.length(),
                withSpecial,
                true,
                new Parts() {
                    @Override
                    public void token(int id) {
                        out.token(id);
                    }

                    @Override
                    public void text(String part, int from, int to, boolean first) {
                        if (normalizer == null) {
                            findNormalized(part, from, to, first);
                            return;
                        }
                        String stretch = part.substring(from, to);
                        String changed = normalizer.normalize(stretch);
                        findNormalized(changed, 0, changed.length(), first);
                    }

                    private void findNormalized(String part, int from, int to, boolean first) {
                        find(look ? normalized : null, part, from, to, withSpecial, first, out);
                    }
                });
    }

    private void find(
            @Nullable Trie trie,
            String text,
            int begin,
            int end,
            boolean withSpecial,
            boolean first,
            Parts out) {
        int done = begin;
        if (trie != null) {
            for (int at = begin; at < end; ) {
                int stop = mayBegin(text.charAt(at)) ? longestEnd(trie, text, at, end) : Trie.NONE;
                if (stop == Trie.NONE) {
                    at++;
                    continue;
                }
                int start = at;
                at = stop;
                AddedToken token = token(trie, text, start, stop);
                boolean counts =
                        (withSpecial || !token.special())
                                && !(token.singleWord()
                                        && touchesWord(text, begin, start, stop, end));
                if (!counts) {
                    continue;
                }
                if (token.lstrip()) {
                    start = Math.max(done, spaceBefore(text, begin, start));
                }
                if (token.rstrip()) {
                    stop = spaceBehind(text, stop, end);
                }
                // White space that the token before has taken is no token any more.
                if (start >= stop) {
                    continue;
                }
                if (done < start) {
                    out.text(text, done, start, first && done == begin);
                }
                out.token(token.id());
                done = stop;
            }
        }
        if (done < end) {
            out.text(text, done, end, first && done == begin);
        }
    }

    private AddedToken token(Trie trie, String text, int from, int to) {
        AddedToken token = byId.get(trie.get(text, from, to));
        if (token == null) {
            throw new IllegalStateException("an added token without its entry");
        }
        return token;
    }

    private static int longestEnd(Trie trie, String text, int at, int end) {
        int longest = Trie.NONE;
        int node = Trie.ROOT;
        for (int i = at; i < end; i++) {
            node = trie.next(node, text.charAt(i));
            if (node == Trie.NONE) {
                break;
            }
            if (trie.value(node) != Trie.NONE) {
                longest = i + 1;
            }
        }
        return longest;
    }

    private static boolean touchesWord(String text, int begin, int start, int stop, int end) {
        return (start > begin && Characters.isWord(text.codePointBefore(start)))
                || (stop < end && Characters.isWord(text.codePointAt(stop)));
    }

    private static int spaceBefore(String text, int begin, int start) {
        int at = start;
        while (at > begin && Characters.isWhiteSpace(text.charAt(at - 1))) {
            at--;
        }
        return at;
    }

    private static int spaceBehind(String text, int stop, int end) {
        int at = stop;
        while (at < end && Characters.isWhiteSpace(text.charAt(at))) {
            at++;
        }
        return at;
    }
}
