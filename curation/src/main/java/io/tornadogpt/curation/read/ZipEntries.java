package io.tornadogpt.curation.read;

import org.jspecify.annotations.Nullable;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/// Reads the files of a zip archive one after the other, each in the way that its name asks for, as
/// if the archive were a folder. Archives in archives are named and not opened: a few bytes of them
/// can stand for any number.
final class ZipEntries {
    private static final int BUFFER = 1 << 16;

    /// Bytes of an entry that may have been read when it begins.
    private static final int LOOK_AHEAD = 512;

    private final Slice slice;
    private final Reading reading;
    private final Receiver to;

    ZipEntries(Slice slice, Reading reading, Receiver to) {
        this.slice = slice;
        this.reading = reading;
        this.to = to;
    }

    /// @param in the archive's bytes
    void read(InputStream in) throws IOException {
        var counted = new InputStreams.Counted(in);
        var zip = new ZipInputStream(counted);
        boolean any = false;
        for (ZipEntry entry = next(zip); entry != null; entry = next(zip)) {
            any = true;
            String name = entry.getName().replace('\\', '/');
            if (!entry.isDirectory() && !isHidden(name)) {
                entry(slice.source() + "/" + name, zip, counted);
            }
        }
        if (!any) {
            throw new BadInputException(
                    "damaged", "it is no zip archive, or an empty one; fetch it again");
        }
    }

    private static @Nullable ZipEntry next(ZipInputStream zip) throws IOException {
        try {
            return zip.getNextEntry();
        } catch (IllegalArgumentException e) {
            throw new BadInputException(
                    "damaged", "the name of an entry is not UTF-8, and what follows is not read");
        }
    }

    private static boolean isHidden(String name) {
        return name.startsWith(".") || name.contains("/.") || name.startsWith("__MACOSX/");
    }

    private void entry(String source, ZipInputStream zip, InputStreams.Counted counted)
            throws IOException {
        FileKind kind = FileKind.of(source);
        if (kind == FileKind.ZIP || kind == FileKind.PARQUET) {
            to.problem(
                    new Problem(
                            source,
                            "nested",
                            "it lies in an archive, where it cannot be opened; unpack the"
                                    + " archive"));
            return;
        }
        long before = Math.max(0, counted.count() - LOOK_AHEAD);
        InputStream bytes = InputStreams.expanding(zip, counted, before, reading);
        var own = new Slice(slice.file(), source, 0, 0, 0);
        try {
            InputStream content = InputStreams.decompressed(source, new Open(bytes), reading);
            FileReading.read(own, kind, content, reading, to);
        } catch (FileReading.ReceiverException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            to.problem(FileReading.problem(own, e));
        }
        drain(bytes);
    }

    /// Stays open when a reader of one entry closes it.
    private static final class Open extends FilterInputStream {
        Open(InputStream in) {
            super(in);
        }

        @Override
        public void close() {}
    }

    /// Reads on to the next entry, as long as a few bytes do not become very many.
    private static void drain(InputStream bytes) throws IOException {
        var buffer = new byte[BUFFER];
        while (bytes.read(buffer, 0, BUFFER) >= 0) {
            // what is left of an entry that was given up
        }
    }
}
