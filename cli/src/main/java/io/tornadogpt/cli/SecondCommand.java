package io.tornadogpt.cli;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The command line that starts this command again, on the same JVM with the same options.
final class SecondCommand {
    private SecondCommand() {}

    /// @param arguments of the command
    static List<String> with(List<String> arguments) {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        var words = new ArrayList<>(List.of(java.toString()));
        // What the launcher passes on in the form of properties is refused in that form.
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(option -> !option.startsWith("-Djdk.module."))
                .forEach(words::add);
        String classPath = System.getProperty("java.class.path", "");
        if (!classPath.isEmpty()) {
            words.addAll(List.of("--class-path", classPath));
        }
        Module module = Gpt.class.getModule();
        if (module.isNamed()) {
            words.addAll(List.of("--module", module.getName() + "/" + Gpt.class.getName()));
        } else {
            words.add(Gpt.class.getName());
        }
        words.addAll(arguments);
        return words;
    }
}
