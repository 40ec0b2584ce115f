package io.tornadogpt.tokenizer;

import java.util.Arrays;

/// The tokens of a text, or of a pair of texts, as a model takes them.
///
/// @param ids token ids
/// @param typeIds 0 for the first text, mostly 1 for the second, one a token
/// @param special which tokens are not of a text but were added, padding included
/// @param attended which tokens a model is to look at: all but padding
public record Encoding(int[] ids, int[] typeIds, boolean[] special, boolean[] attended) {

    /// No tokens.
    public static final Encoding EMPTY = ofText(new int[0]);

    /// @throws IllegalArgumentException if the arrays are not equally long
    public Encoding {
        if (typeIds.length != ids.length
                || special.length != ids.length
                || attended.length != ids.length) {
            throw new IllegalArgumentException(
                    "ids, typeIds, special and attended have the lengths "
                            + ids.length
                            + ", "
                            + typeIds.length
                            + ", "
                            + special.length
                            + " and "
                            + attended.length
                            + "; expected one length");
        }
    }

    /// The tokens of a text.
    public static Encoding ofText(int[] ids) {
        return new Encoding(
                ids, new int[ids.length], new boolean[ids.length], filled(ids.length, true));
    }

    /// One added token.
    public static Encoding special(int id, int typeId) {
        return new Encoding(
                new int[] {id}, new int[] {typeId}, new boolean[] {true}, new boolean[] {true});
    }

    /// So many tokens of padding.
    public static Encoding padding(int count, int id, int typeId) {
        int[] ids = new int[count];
        int[] types = new int[count];
        Arrays.fill(ids, id);
        Arrays.fill(types, typeId);
        return new Encoding(ids, types, filled(count, true), new boolean[count]);
    }

    public int size() {
        return ids.length;
    }

    /// These tokens and more behind.
    public Encoding plus(Encoding more) {
        if (size() == 0) {
            return more;
        }
        int[] allIds = Arrays.copyOf(ids, size() + more.size());
        int[] allTypes = Arrays.copyOf(typeIds, allIds.length);
        boolean[] allSpecial = Arrays.copyOf(special, allIds.length);
        boolean[] allAttended = Arrays.copyOf(attended, allIds.length);
        System.arraycopy(more.ids, 0, allIds, size(), more.size());
        System.arraycopy(more.typeIds, 0, allTypes, size(), more.size());
        System.arraycopy(more.special, 0, allSpecial, size(), more.size());
        System.arraycopy(more.attended, 0, allAttended, size(), more.size());
        return new Encoding(allIds, allTypes, allSpecial, allAttended);
    }

    /// These tokens with another type.
    public Encoding withType(int typeId) {
        int[] types = new int[size()];
        Arrays.fill(types, typeId);
        return new Encoding(ids, types, special, attended);
    }

    /// These tokens as a text's own: none counts as added.
    public Encoding asText() {
        return new Encoding(ids, typeIds, new boolean[size()], attended);
    }

    /// The tokens from `from` to `to`.
    public Encoding slice(int from, int to) {
        return new Encoding(
                Arrays.copyOfRange(ids, from, to),
                Arrays.copyOfRange(typeIds, from, to),
                Arrays.copyOfRange(special, from, to),
                Arrays.copyOfRange(attended, from, to));
    }

    private static boolean[] filled(int count, boolean value) {
        boolean[] array = new boolean[count];
        Arrays.fill(array, value);
        return array;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Encoding that
                && Arrays.equals(ids, that.ids)
                && Arrays.equals(typeIds, that.typeIds)
                && Arrays.equals(special, that.special)
                && Arrays.equals(attended, that.attended);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(ids);
    }

    @Override
    public String toString() {
        return "Encoding[ids=" + Arrays.toString(ids) + "]";
    }
}
