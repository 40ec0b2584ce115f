package io.tornadogpt.cli;

import picocli.CommandLine.IParameterPreprocessor;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Stack;

/// Takes the word behind an option as its value whatever it looks like: `-h` and `--top-k` are text
/// behind `--prompt`.
final class TextValue implements IParameterPreprocessor {
    @Override
    @SuppressWarnings("JdkObsolete") // picocli's type
    public boolean preprocess(
            Stack<String> words, CommandSpec command, ArgSpec option, Map<String, Object> info) {
        if (words.isEmpty()) {
            return false; // picocli says that the value is missing
        }
        String text = words.pop();
        if (option.isMultiValue()) {
            List<String> all = new ArrayList<>();
            List<String> before = option.getValue();
            if (before != null) {
                all.addAll(before);
            }
            all.add(text);
            option.setValue(all);
        } else {
            option.setValue(text);
        }
        return true;
    }
}
