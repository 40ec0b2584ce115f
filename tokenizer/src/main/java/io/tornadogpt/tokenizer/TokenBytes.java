package io.tornadogpt.tokenizer;

/// Looks tokens' bytes up and joins them.
final class TokenBytes {

    private TokenBytes() {}

    static byte[] of(byte[][] bytesOfId, int id) {
        if (id < 0 || id >= bytesOfId.length) {
            throw new IllegalArgumentException(
                    "token id " + id + " is outside the vocabulary 0.." + (bytesOfId.length - 1));
        }
        return bytesOfId[id];
    }

    static byte[] join(byte[][] bytesOfId, int[] ids) {
        long length = 0;
        for (int id : ids) {
            length += of(bytesOfId, id).length;
        }
        if (length > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(
                    ids.length + " tokens stand for " + length + " bytes; decode them in parts");
        }
        byte[] joined = new byte[(int) length];
        int at = 0;
        for (int id : ids) {
            byte[] bytes = bytesOfId[id];
            System.arraycopy(bytes, 0, joined, at, bytes.length);
            at += bytes.length;
        }
        return joined;
    }
}
