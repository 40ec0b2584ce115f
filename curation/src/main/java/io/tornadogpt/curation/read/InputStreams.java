package io.tornadogpt.curation.read;

import io.airlift.compress.v3.zstd.ZstdInputStream;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.zip.GZIPInputStream;

/// Opens what a slice names, decompressed.
final class InputStreams {
    private static final int BUFFER = 1 << 16;

    private InputStreams() {}

    static InputStream open(Slice slice, Reading reading) throws IOException {
        var channel = FileChannel.open(slice.file(), StandardOpenOption.READ);
        boolean opened = false;
        try {
            channel.position(slice.start());
            String name = slice.source();
            InputStream in = Channels.newInputStream(channel);
            InputStream out =
                    FileKind.compression(name) == FileKind.Compression.NONE
                            ? new Bounded(in, slice.size())
                            : decompressed(name, in, reading);
            opened = true;
            return out;
        } finally {
            if (!opened) {
                channel.close();
            }
        }
    }

    /// A stream, decompressed as a name says.
    static InputStream decompressed(String name, InputStream in, Reading reading)
            throws IOException {
        FileKind.Compression compression = FileKind.compression(name);
        if (compression == FileKind.Compression.NONE) {
            return in;
        }
        var counted = new Counted(in);
        var buffered = new BufferedInputStream(counted, BUFFER);
        InputStream out =
                compression == FileKind.Compression.GZIP
                        ? new GZIPInputStream(buffered, BUFFER)
                        : new ZstdInputStream(buffered);
        return expanding(out, counted, 0, reading);
    }

    /// A stream that ends where a few bytes have become very many.
    ///
    /// @param compressed what it is made of
    /// @param before bytes of that which belong to something else
    static InputStream expanding(
            InputStream out, Counted compressed, long before, Reading reading) {
        return new Expanding(out, compressed, before, reading);
    }

    /// Reads a whole stream that is a document.
    ///
    /// @throws BadInputException where it is longer than a document may be
    static byte[] all(InputStream in, Reading reading) throws IOException {
        var out = new ByteArrayOutputStream(BUFFER);
        var buffer = new byte[BUFFER];
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            out.write(buffer, 0, n);
            if (out.size() > reading.documentBytes()) {
                throw new BadInputException(
                        "tooLong",
                        "the document is longer than the %d bytes of reading.documentBytes"
                                .formatted(reading.documentBytes()));
            }
        }
        return out.toByteArray();
    }

    /// A part of a stream.
    private static final class Bounded extends FilterInputStream {
        private long left;

        Bounded(InputStream in, long left) {
            super(in);
            this.left = left;
        }

        @Override
        public int read() throws IOException {
            if (left == 0) {
                return -1;
            }
            int b = in.read();
            left -= b < 0 ? 0 : 1;
            return b;
        }

        @Override
        public int read(byte[] to, int offset, int length) throws IOException {
            if (left == 0) {
                return -1;
            }
            int n = in.read(to, offset, (int) Math.min(length, left));
            left -= Math.max(n, 0);
            return n;
        }
    }

    /// Counts what is read.
    static final class Counted extends FilterInputStream {
        private long count;

        Counted(InputStream in) {
            super(in);
        }

        long count() {
            return count;
        }

        @Override
        public int read() throws IOException {
            int b = in.read();
            count += b < 0 ? 0 : 1;
            return b;
        }

        @Override
        public int read(byte[] to, int offset, int length) throws IOException {
            int n = in.read(to, offset, length);
            count += Math.max(n, 0);
            return n;
        }
    }

    /// Refuses to go on where a few bytes become very many.
    private static final class Expanding extends FilterInputStream {
        private final Counted compressed;
        private final Reading reading;
        private final long before;
        private long count;

        Expanding(InputStream in, Counted compressed, long before, Reading reading) {
            super(in);
            this.compressed = compressed;
            this.reading = reading;
            this.before = before;
        }

        @Override
        public int read() throws IOException {
            var one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] to, int offset, int length) throws IOException {
            int n = in.read(to, offset, length);
            count += Math.max(n, 0);
            long from = compressed.count - before;
            if (count > reading.documentBytes() && count / reading.expansion() > from) {
                throw new BadInputException(
                        "expandsTooMuch",
                        "%d bytes became more than %d, over the factor %d of reading.expansion"
                                .formatted(from, count, reading.expansion()));
            }
            return n;
        }
    }
}
