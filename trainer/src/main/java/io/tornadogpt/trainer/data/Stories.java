package io.tornadogpt.trainer.data;

import io.tornadogpt.core.random.Threefry;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Short stories put together at random from a few words and sentences: text to learn from on a
/// machine that has no other. A function of the seed.
///
/// A story's hero, companion, place and thing stay the same from its first sentence to its last, so
/// that there is something to learn beyond single sentences.
public record Stories(long seed) {
    private static final List<String> HEROES =
            List.of("Anna", "Ben", "Clara", "David", "Ella", "Finn", "Greta", "Hugo", "Ida", "Jon");
    private static final List<String> COMPANIONS =
            List.of("dog", "cat", "rabbit", "pony", "duck", "hen", "goat", "mouse", "owl", "fox");
    private static final List<String> COLOURS =
            List.of("brown", "white", "black", "grey", "red", "small", "old", "young", "lazy");
    private static final List<String> PLACES =
            List.of("forest", "garden", "village", "market", "river", "hill", "barn", "meadow");
    private static final List<String> THINGS =
            List.of(
                    "key", "lamp", "boat", "drum", "basket", "bell", "kite", "coat", "map",
                    "ladder");
    private static final List<String> FEELINGS =
            List.of("happy", "tired", "curious", "hungry", "brave", "sleepy", "proud", "quiet");
    private static final List<String> OPENINGS =
            List.of(
                    "Once there was a child called HERO who had a COLOUR COMPANION.",
                    "HERO lived near the PLACE with a COLOUR COMPANION.",
                    "One morning HERO and the COLOUR COMPANION went to the PLACE.");
    private static final List<String> MIDDLES =
            List.of(
                    "In the PLACE they found a THING.",
                    "The COMPANION looked at the THING and was FEELING.",
                    "\"Look, a THING!\" said HERO.",
                    "HERO asked the COMPANION, \"Are you FEELING?\"",
                    "The COMPANION ran around the THING three times.",
                    "It rained in the PLACE, but HERO was FEELING.",
                    "They carried the THING home from the PLACE.",
                    "Someone had lost the THING near the PLACE.",
                    "HERO hid the THING, and the COMPANION found it.");
    private static final List<String> ENDINGS =
            List.of(
                    "In the evening HERO and the COMPANION were FEELING and went to bed.",
                    "From that day on the THING belonged to the COMPANION.",
                    "HERO never forgot the PLACE and the THING.");
    private static final int SENTENCES = 5;

    /// Writes stories to a file until it has about that many characters.
    public void writeTo(Path target, int characters) throws IOException {
        try (Writer out = Files.newBufferedWriter(target)) {
            int written = 0;
            for (int story = 0; written < characters; story++) {
                String text = story(story);
                out.write(text);
                written += text.length();
            }
        }
    }

    /// One story, a line for each sentence and an empty one behind it.
    String story(int number) {
        var dice = new Dice(Threefry.of(seed, number, 0));
        String hero = dice.pick(HEROES);
        String companion = dice.pick(COMPANIONS);
        String colour = dice.pick(COLOURS);
        String place = dice.pick(PLACES);
        String thing = dice.pick(THINGS);
        var story = new StringBuilder();
        for (int sentence = 0; sentence < SENTENCES; sentence++) {
            boolean last = sentence == SENTENCES - 1;
            List<String> choices = sentence == 0 ? OPENINGS : last ? ENDINGS : MIDDLES;
            story.append(
                    dice.pick(choices)
                            .replace("HERO", hero)
                            .replace("COMPANION", companion)
                            .replace("COLOUR", colour)
                            .replace("PLACE", place)
                            .replace("THING", thing)
                            .replace("FEELING", dice.pick(FEELINGS)));
            story.append('\n');
        }
        return story.append('\n').toString();
    }

    private static final class Dice {
        private final Threefry random;
        private final int[] words = new int[4];
        private int rolled;

        Dice(Threefry random) {
            this.random = random;
        }

        String pick(List<String> choices) {
            random.words(rolled++, 0, 0, 0, words);
            return choices.get(Integer.remainderUnsigned(words[0], choices.size()));
        }
    }
}
