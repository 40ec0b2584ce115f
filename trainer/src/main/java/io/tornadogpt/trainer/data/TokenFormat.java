package io.tornadogpt.trainer.data;

/// How token ids lie in a file. All numbers are little-endian.
public enum TokenFormat {
    /// Nothing but 16-bit ids: nanoGPT's `train.bin`.
    RAW_UINT16("uint16", Short.BYTES, 0, 0),
    /// Nothing but 32-bit ids. Only its side file tells it from [#RAW_UINT16].
    RAW_UINT32("uint32", Integer.BYTES, 0, 0),
    /// llm.c's files for GPT-2: a header of 256 32-bit numbers (magic, version, count, then zeros)
    /// and 16-bit ids.
    LLMC_UINT16("uint16", Short.BYTES, 20240520, 1),
    /// llm.c's files for Llama 3: the same header and 32-bit ids.
    LLMC_UINT32("uint32", Integer.BYTES, 20240801, 7);

    /// Bytes of llm.c's header.
    static final int LLMC_HEADER_BYTES = 1024;

    private final String dtype;
    private final int tokenBytes;
    private final int magic;
    private final int version;

    TokenFormat(String dtype, int tokenBytes, int magic, int version) {
        this.dtype = dtype;
        this.tokenBytes = tokenBytes;
        this.magic = magic;
        this.version = version;
    }

    /// The smallest headerless format that can hold all ids of a vocabulary.
    public static TokenFormat forVocabulary(int vocabularySize) {
        return vocabularySize <= 1 << 16 ? RAW_UINT16 : RAW_UINT32;
    }

    /// What the format is, for people.
    public String description() {
        return (hasHeader() ? "llm.c's header, then " : "") + dtype + ", little-endian";
    }

    /// NumPy's name of the type of an id.
    public String dtype() {
        return dtype;
    }

    /// Bytes of one id.
    public int tokenBytes() {
        return tokenBytes;
    }

    /// Bytes before the first id.
    public int headerBytes() {
        return hasHeader() ? LLMC_HEADER_BYTES : 0;
    }

    boolean hasHeader() {
        return magic != 0;
    }

    int magic() {
        return magic;
    }

    int version() {
        return version;
    }

    /// One more than the largest id that fits.
    long ids() {
        return 1L << (tokenBytes * Byte.SIZE);
    }
}
