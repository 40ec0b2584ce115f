package io.tornadogpt.finetune.reward;

import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.finetune.GrpoSettings;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Finds rewards by their names.
public final class Rewards {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.-]+");

    private Rewards() {}

    /// The rewards that settings name: those that are given, and those that are built in:
    /// `exact_match`, `regular_expression`, `final_number`.
    ///
    /// @param own rewards beside those that are built in
    /// @throws IllegalArgumentException where there is none of that name, or two
    public static List<Reward> of(GrpoSettings settings, List<Reward> own) {
        List<Reward> known =
                Stream.concat(
                                own.stream(),
                                Stream.of(
                                        new ExactMatch(),
                                        new RegularExpression(Pattern.compile(settings.pattern())),
                                        new FinalNumber()))
                        .toList();
        var chosen = new ArrayList<Reward>();
        for (String name : settings.rewards()) {
            List<Reward> named = known.stream().filter(r -> r.name().equals(name)).toList();
            if (named.size() != 1 || chosen.contains(named.getFirst())) {
                throw new IllegalArgumentException(
                        "grpo.reward names %s, of which there %s; the rewards are %s, each of which can be named once"
                                .formatted(
                                        BadFileException.quote(name),
                                        named.isEmpty() ? "is none" : "are two or more",
                                        known.stream()
                                                .map(Reward::name)
                                                .collect(Collectors.joining(", "))));
            }
            if (!NAME.matcher(name).matches()) {
                throw new IllegalArgumentException(
                        "a reward is called %s; expected letters, digits, '_', '-' and '.'"
                                .formatted(BadFileException.quote(name)));
            }
            chosen.add(named.getFirst());
        }
        boolean matches = chosen.stream().anyMatch(RegularExpression.class::isInstance);
        if (matches && settings.pattern().isEmpty()) {
            throw new IllegalArgumentException(
                    "grpo.reward is regular_expression, but grpo.pattern is empty; set it to what"
                            + " answers must hold");
        }
        return List.copyOf(chosen);
    }
}
