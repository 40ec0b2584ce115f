package io.tornadogpt.curation.step;

import io.tornadogpt.curation.Document;
import io.tornadogpt.curation.Verdict;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;

/// Takes out what models are to be measured by: documents that share an n-gram of words with an
/// item of an evaluation set, after GPT-3 (Brown et al. 2020, appendix C): 13 words, without case
/// and punctuation, and for items with fewer words, but at least 8, all of them. Items that are
/// shorter still are not looked for: they are found everywhere.
///
/// GPT-3 leaves out n-grams that more than ten documents hold; this step looks at one document at a
/// time and keeps them.
///
/// The n-grams of all items are hashes in memory, 16 to 32 bytes each: the 70,000 of HellaSwag's
/// validation items take some 30 MB.
///
/// @param files of items: JSON or JSONL, of which every text is an item, at any depth; CSV or TSV;
///   or any other text, of which each line is one
/// @param ngram words that are found together
/// @param shortest words that an item needs to be looked for
/// @param action what is done where one is found
/// @param around characters that are cut out with an n-gram on each side, where documents are cut
/// @param maxPieces a document that would be cut into more of them goes
public record Decontamination(
        List<String> files, int ngram, int shortest, Action action, int around, int maxPieces)
        implements DocumentStep {
    /// GPT-3's numbers, with documents removed; its files have to be named.
    public static final Decontamination DEFAULT =
            new Decontamination(List.of(), 13, 8, Action.REMOVE, 200, 10);

    /// What is done to a document that shares an n-gram with an item.
    public enum Action {
        /// It goes.
        REMOVE,
        /// The n-gram goes with what is around it, as for GPT-3, and pieces with fewer characters
        /// than were cut out on one side go too.
        CUT
    }

    /// @throws IllegalArgumentException where a number is below 1
    public Decontamination {
        files = List.copyOf(files);
        Limits.atLeast("decontamination.shortest", shortest, 1);
        Limits.atLeast("decontamination.ngram", ngram, shortest);
        Limits.atLeast("decontamination.around", around, 0);
        Limits.atLeast("decontamination.maxPieces", maxPieces, 1);
    }

    @Override
    public DocumentStep prepared() throws IOException {
        if (files.isEmpty()) {
            throw new IllegalArgumentException(
                    "decontamination.files is empty; name the files of evaluation items");
        }
        var index = new LongSet();
        var lengths = new boolean[ngram + 1];
        for (String file : files) {
            new TextFile("decontamination.files", file).texts(text -> add(text, index, lengths));
        }
        if (index.size() == 0) {
            throw new IllegalArgumentException(
                    "decontamination.files has no text of %d words or more; check %s"
                            .formatted(shortest, String.join(", ", files)));
        }
        return new Ready(this, index, lengths);
    }

    private void add(String text, LongSet index, boolean[] lengths) {
        WordRuns words = WordRuns.of(text);
        int n = Math.min(ngram, words.count());
        if (n < shortest) {
            return;
        }
        lengths[n] = true;
        for (int i = 0; i + n <= words.count(); i++) {
            index.add(words.hash(i, n));
        }
    }

    @Override
    public Verdict apply(Document document) {
        try {
            return prepared().apply(document);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The step with its index.
    private record Ready(Decontamination settings, LongSet index, boolean[] lengths)
            implements DocumentStep {
        @Override
        public Verdict apply(Document document) {
            WordRuns words = WordRuns.of(document.text());
            int first = next(words, 0);
            if (first < 0) {
                return Verdict.KEPT;
            }
            if (settings.action == Action.REMOVE) {
                int end = first + found(words, first);
                return new Verdict.Removed(
                        "evaluationItem",
                        "%d words of an evaluation item begin at character %d"
                                .formatted(end - first, words.start(first)));
            }
            return cut(document, words, first);
        }

        /// The next word at which an item's n-gram begins; -1 where there is none.
        private int next(WordRuns words, int from) {
            for (int i = from; i < words.count(); i++) {
                if (found(words, i) > 0) {
                    return i;
                }
            }
            return -1;
        }

        /// Words of the longest n-gram that begins at a word; 0 where none does.
        private int found(WordRuns words, int at) {
            for (int n = Math.min(settings.ngram, words.count() - at);
                    n >= settings.shortest;
                    n--) {
                if (lengths[n] && index.contains(words.hash(at, n))) {
                    return n;
                }
            }
            return 0;
        }

        private Verdict cut(Document document, WordRuns words, int first) {
            String text = document.text();
            var left = new StringBuilder();
            int pieces = 0;
            int from = 0;
            int cuts = 0;
            for (int at = first; at >= 0; at = next(words, at + 1)) {
                int start = Math.max(from, whole(text, words.start(at) - settings.around));
                int last = at + found(words, at) - 1;
                int end = whole(text, words.end(last) + settings.around);
                if (start > from || cuts == 0) {
                    pieces += append(text, from, start, left);
                    cuts++;
                }
                from = Math.max(from, end);
            }
            pieces += append(text, from, text.length(), left);
            if (cuts + 1 > settings.maxPieces) {
                return Removal.above("evaluationItems", cuts + 1, settings.maxPieces);
            }
            return pieces == 0
                    ? new Verdict.Removed("evaluationItem", "nothing is left around it")
                    : new Verdict.Changed(
                            document.withText(left.toString()), Map.of("evaluationItem", cuts));
        }

        /// A place that divides no pair of surrogates.
        private static int whole(String text, int at) {
            int place = Math.clamp(at, 0, text.length());
            boolean inside =
                    place > 0
                            && place < text.length()
                            && Character.isLowSurrogate(text.charAt(place));
            return inside ? place + 1 : place;
        }

        /// @return 1 where the piece is long enough
        private int append(String text, int from, int to, StringBuilder left) {
            String piece = from < to ? text.substring(from, to).strip() : "";
            if (piece.isEmpty() || piece.length() < settings.around) {
                return 0;
            }
            left.append(left.isEmpty() ? "" : "\n\n").append(piece);
            return 1;
        }
    }
}
