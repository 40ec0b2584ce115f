package io.tornadogpt.evaluation.task;

import com.fasterxml.jackson.databind.JsonNode;

import io.tornadogpt.evaluation.Item;
import io.tornadogpt.evaluation.Task;
import io.tornadogpt.evaluation.TaskOptions;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// A paradigm of BLiMP (Warstadt et al., 2020): which of two sentences that differ in little is
/// English. The authors' archive, or the files of it in a folder.
public record Blimp(TaskFiles files, String paradigm) implements Task {
    /// What the names of such tasks begin with.
    public static final String PREFIX = "blimp_";

    private static final String ARCHIVE = "BLiMP.zip";

    @Override
    public String name() {
        return PREFIX + paradigm;
    }

    /// No examples come before a sentence.
    @Override
    public int shots(TaskOptions options) {
        return 0;
    }

    @Override
    public List<Item.Choice> items(TaskOptions options) throws IOException {
        String own = paradigm + ".jsonl";
        Path file = files.find(name(), List.of(ARCHIVE, "blimp/" + own, "data/" + own, own));
        String text =
                file.endsWith(ARCHIVE)
                        ? TaskFiles.entry(file, "data/" + own)
                        : TaskFiles.text(file);
        var items = new ArrayList<Item.Choice>();
        int number = 0;
        for (JsonNode object : TaskFiles.objects(file, text)) {
            number++;
            String good = TaskFiles.string(file, object, number, "sentence_good");
            String bad = TaskFiles.string(file, object, number, "sentence_bad");
            items.add(Prompts.choice(file, number, "", List.of(good, bad), 0));
        }
        return items;
    }

    /// All paradigms that a folder has, by name.
    public static List<Task> all(TaskFiles files) throws IOException {
        List<String> names;
        Optional<Path> archive = files.first(List.of(ARCHIVE));
        Path folder = files.folder().resolve("blimp");
        if (archive.isPresent()) {
            names = TaskFiles.entries(archive.get());
        } else if (Files.isDirectory(folder)) {
            try (Stream<Path> list = Files.list(folder)) {
                names = list.map(Path::toString).toList();
            }
        } else {
            names = List.of(files.find("blimp", List.of(ARCHIVE)).toString());
        }
        return names.stream()
                .filter(name -> name.endsWith(".jsonl"))
                .map(name -> name.replaceFirst("^.*[/\\\\]", "").replace(".jsonl", ""))
                .sorted()
                .<Task>map(name -> new Blimp(files, name))
                .toList();
    }
}
