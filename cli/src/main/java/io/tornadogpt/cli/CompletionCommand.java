package io.tornadogpt.cli;

import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/// Prints what makes a shell complete commands and options.
@Command(
        name = "completion",
        description = {
            "Prints a script that completes commands and options in bash and zsh. The shell reads"
                    + " it by the command `source`.",
            ""
        },
        sortOptions = false)
final class CompletionCommand extends GptCommand {
    @Override
    int run(Screen screen) {
        CommandLine whole = Gpt.complete();
        screen.text(AutoComplete.bash("gpt", whole));
        return 0;
    }
}
