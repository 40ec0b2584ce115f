package io.tornadogpt.cli;

import io.tornadogpt.core.files.AtomicFile;
import io.tornadogpt.curation.run.CuratedDocument;
import io.tornadogpt.curation.run.CuratedFolder;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Shows documents of a curated folder.
final class CurationLook {
    private static final int MOST_CHARACTERS = 1500;

    private final Screen screen;
    private final Path folder;
    private final String part;

    CurationLook(Screen screen, Path folder, String part) {
        this.screen = screen;
        this.folder = folder;
        this.part = part;
    }

    void show(int count, long seed) throws IOException {
        List<CuratedDocument> documents = CuratedFolder.open(folder).sample(part, count, seed);
        for (CuratedDocument document : documents) {
            screen.rule(Show.harmless(document.id()));
            if (!document.history().isEmpty()) {
                screen.entry("history", "%s", Show.harmless(document.history()));
            }
            if (!document.metadata().isEmpty()) {
                screen.entry("metadata", "%s", Show.harmless(document.metadata()));
            }
            String text = document.text();
            if (!text.isEmpty()) {
                screen.line("");
                boolean cut = text.codePointCount(0, text.length()) > MOST_CHARACTERS;
                String shown =
                        cut ? text.substring(0, text.offsetByCodePoints(0, MOST_CHARACTERS)) : text;
                screen.line(Show.harmless(shown) + (cut ? " ..." : ""));
            }
            screen.line("");
        }
        if (documents.isEmpty()) {
            screen.line("There are no documents in " + folder.resolve(part) + ".");
        }
    }

    static void compare(Screen screen, List<Path> folders, Path out) throws IOException {
        var all = new ArrayList<CuratedFolder>();
        for (Path folder : folders) {
            all.add(CuratedFolder.open(folder));
        }
        AtomicFile.write(out, CuratedFolder.compare(all).getBytes(StandardCharsets.UTF_8));
        screen.entry("report", "%s", out);
    }
}
