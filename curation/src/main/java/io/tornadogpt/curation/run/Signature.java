package io.tornadogpt.curation.run;

import io.tornadogpt.curation.step.MinHash;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// What is kept of a document to find its duplicates: the beginning of the checksum of its text,
/// the text's length, and a hash for each band.
final class Signature {
    /// Where the checksum is.
    static final int EXACT = 0;

    /// Where the number of characters is.
    static final int CHARACTERS = 1;

    /// Where the first band is.
    static final int BANDS = 2;

    private Signature() {}

    /// Numbers in a signature.
    static int longs(@Nullable MinHash near) {
        return BANDS + (near == null ? 0 : near.bands());
    }

    static long[] of(String text, @Nullable MinHash near) {
        var signature = new long[longs(near)];
        signature[EXACT] = exact(text);
        signature[CHARACTERS] = text.length();
        if (near != null) {
            long[] bands = near.bandHashes(text);
            System.arraycopy(bands, 0, signature, BANDS, bands.length);
        }
        return signature;
    }

    private static long exact(String text) {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256")
                            .digest(text.getBytes(StandardCharsets.UTF_8));
            return ByteBuffer.wrap(digest).getLong();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
