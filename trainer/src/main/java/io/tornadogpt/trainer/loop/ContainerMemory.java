package io.tornadogpt.trainer.loop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/// What a Linux control group, which is what a container is made of, leaves this process of memory.
/// Pages of files that the system can take back at any time count as free.
///
/// @param root where the groups are mounted: `/sys/fs/cgroup`
/// @param membership what the system says of the groups of this process: `/proc/self/cgroup`
record ContainerMemory(Path root, Path membership) {
    /// The files of one version of control groups.
    private record Names(String limit, String usage, String inactive) {}

    private static final Names V2 = new Names("memory.max", "memory.current", "inactive_file");
    private static final Names V1 =
            new Names("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file");

    /// This process's own.
    static final ContainerMemory OWN =
            new ContainerMemory(Path.of("/sys/fs/cgroup"), Path.of("/proc/self/cgroup"));

    /// Bytes below the lowest limit of its groups and those around them; empty where none limits
    /// it.
    OptionalLong free() {
        if (!Files.isReadable(membership)) {
            return OptionalLong.empty();
        }
        List<String> lines;
        try {
            lines = Files.readAllLines(membership);
        } catch (IOException e) {
            return OptionalLong.empty();
        }
        return lines.stream()
                .map(line -> line.split(":", 3))
                .filter(parts -> parts.length == 3)
                .map(this::free)
                .flatMapToLong(OptionalLong::stream)
                .min();
    }

    /// @param group number, controllers and path of one
    private OptionalLong free(String[] group) {
        boolean first = List.of(group[1].split(",")).contains("memory");
        if (!first && !group[1].isEmpty()) {
            return OptionalLong.empty();
        }
        Path base = first ? root.resolve("memory") : root;
        Names names = first ? V1 : V2;
        OptionalLong least = OptionalLong.empty();
        // Within a container the path may be that of outside; the group is then the root itself.
        Path at = base.resolve(group[2].replaceFirst("^/+", "")).normalize();
        while (at.startsWith(base)) {
            OptionalLong here = free(at, names);
            if (here.isPresent() && (least.isEmpty() || here.getAsLong() < least.getAsLong())) {
                least = here;
            }
            at = at.resolve("..").normalize();
        }
        return least;
    }

    private static OptionalLong free(Path group, Names names) {
        try {
            String limit = Files.readString(group.resolve(names.limit)).strip();
            if (limit.equals("max")) {
                return OptionalLong.empty();
            }
            long usage = Long.parseLong(Files.readString(group.resolve(names.usage)).strip());
            long cached =
                    Files.readAllLines(group.resolve("memory.stat")).stream()
                            .filter(line -> line.startsWith(names.inactive + " "))
                            .mapToLong(line -> Long.parseLong(line.split(" ")[1]))
                            .findFirst()
                            .orElse(0);
            return OptionalLong.of(Math.max(0, Long.parseLong(limit) - usage + cached));
        } catch (IOException | NumberFormatException e) {
            return OptionalLong.empty(); // no such group here, or no such limit
        }
    }
}
