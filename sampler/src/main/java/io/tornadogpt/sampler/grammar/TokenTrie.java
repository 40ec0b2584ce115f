package io.tornadogpt.sampler.grammar;

import io.tornadogpt.tokenizer.Tokenizer;

import java.util.Arrays;
import java.util.BitSet;
import java.util.stream.IntStream;

/// The tokens of a vocabulary by their bytes, so that those that begin alike are looked at
/// together. Immutable.
final class TokenTrie {
    private static final int NONE = -1;

    private final int[] bytes; // of each node, in the order of a walk: children behind their parent
    private final int[] skip; // the node behind all that begin with this one's bytes
    private final int[] token; // that ends here
    private final int[] next; // of each token, another one of the same bytes
    private final int longest; // bytes of a token
    private final int nodes;

    /// Special tokens are left out: they stand for no text.
    TokenTrie(Tokenizer tokenizer) {
        int vocabulary = tokenizer.vocabularySize();
        byte[][] texts = new byte[vocabulary][];
        var special = new BitSet();
        tokenizer.specialTokens().values().forEach(special::set);
        Arrays.setAll(
                texts,
                id ->
                        special.get(id) || tokenizer.token(id) == null
                                ? new byte[0]
                                : tokenizer.tokenBytes(id));
        Integer[] order =
                IntStream.range(0, vocabulary)
                        .filter(id -> texts[id].length > 0)
                        .boxed()
                        .toArray(Integer[]::new);
        Arrays.sort(order, (a, b) -> Arrays.compareUnsigned(texts[a], texts[b]));
        int size = IntStream.range(0, order.length).map(i -> texts[order[i]].length).sum();
        bytes = new int[size];
        skip = new int[size];
        token = new int[size];
        next = new int[vocabulary];
        Arrays.fill(token, NONE);
        Arrays.fill(next, NONE);
        longest = IntStream.range(0, order.length).map(i -> texts[order[i]].length).max().orElse(0);
        nodes = fill(order, texts);
    }

    /// Tokens in the order of their bytes are a walk: each goes up to what it shares with the one
    /// before, and down from there.
    private int fill(Integer[] order, byte[][] texts) {
        int[] path = new int[longest];
        int depth = 0;
        int count = 0;
        byte[] before = {};
        for (int id : order) {
            byte[] text = texts[id];
            int shared = Arrays.mismatch(before, text);
            shared = shared < 0 ? text.length : shared;
            while (depth > shared) {
                skip[path[--depth]] = count;
            }
            while (depth < text.length) {
                path[depth] = count;
                bytes[count++] = text[depth++] & 0xFF;
            }
            int end = path[text.length - 1];
            next[id] = token[end];
            token[end] = id;
            before = text;
        }
        while (depth > 0) {
            skip[path[--depth]] = count;
        }
        return count;
    }

    /// The tokens that a text in some state may go on with.
    BitSet allowed(States states, int state) {
        var allowed = new BitSet(next.length);
        int[] stateAt = new int[longest + 1];
        int[] endAt = new int[longest + 1];
        stateAt[0] = state;
        endAt[0] = nodes;
        int depth = 0;
        int node = 0;
        while (node < nodes) {
            while (node >= endAt[depth]) {
                depth--;
            }
            int reached = states.next(stateAt[depth], bytes[node]);
            if (reached == States.DEAD) {
                node = skip[node];
                continue;
            }
            for (int id = token[node]; id >= 0; id = next[id]) {
                allowed.set(id);
            }
            depth++;
            stateAt[depth] = reached;
            endAt[depth] = skip[node];
            node++;
        }
        return allowed;
    }
}
