package io.tornadogpt.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/// The `gpt` command's entry point.
@Command(
        name = "gpt",
        description = "Builds, trains and samples GPT language models.",
        mixinStandardHelpOptions = true,
        version = "gpt 0.1.0-SNAPSHOT")
public final class Gpt implements Runnable {

    private Gpt() {}

    public static void main(String[] args) {
        System.exit(new CommandLine(new Gpt()).execute(args));
    }

    @Override
    public void run() {
        CommandLine.usage(this, System.out);
    }
}
