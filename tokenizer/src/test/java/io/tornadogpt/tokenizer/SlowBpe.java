package io.tornadogpt.tokenizer;

import io.tornadogpt.tokenizer.model.Merges;
import io.tornadogpt.tokenizer.pretokenizer.Gpt2Pieces;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Byte-pair encoding as its definition says it, in quadratic time and boxed integers: the oracle
/// for the fast one.
final class SlowBpe {

    private record Pair(int left, int right) {}

    private SlowBpe() {}

    static int[] encode(Tokenizer tokenizer, byte[] text) {
        Map<Pair, Integer> ranks = new HashMap<>();
        Merges merges = Golden.merges(tokenizer);
        for (int rank = 0; rank < merges.size(); rank++) {
            ranks.put(new Pair(merges.left(rank), merges.right(rank)), rank);
        }
        Map<String, Integer> ids = new HashMap<>();
        for (int id = 0; id < tokenizer.vocabularySize(); id++) {
            ids.put(new String(tokenizer.tokenBytes(id), StandardCharsets.ISO_8859_1), id);
        }
        List<Integer> out = new ArrayList<>();
        for (int at = 0, end; at < text.length; at = end) {
            end = Gpt2Pieces.GPT2.pieceEnd(text, at, text.length);
            List<Integer> piece = new ArrayList<>();
            for (int i = at; i < end; i++) {
                piece.add(ids.get(String.valueOf((char) (text[i] & 0xFF))));
            }
            merge(piece, ranks, merges);
            out.addAll(piece);
        }
        return out.stream().mapToInt(Integer::intValue).toArray();
    }

    private static void merge(List<Integer> piece, Map<Pair, Integer> ranks, Merges merges) {
        while (true) {
            int lowest = Integer.MAX_VALUE;
            int where = -1;
            for (int i = 0; i + 1 < piece.size(); i++) {
                Integer rank = ranks.get(new Pair(piece.get(i), piece.get(i + 1)));
                if (rank != null && rank < lowest) {
                    lowest = rank;
                    where = i;
                }
            }
            if (where < 0) {
                return;
            }
            piece.set(where, merges.merged(lowest));
            piece.remove(where + 1);
        }
    }
}
