package io.tornadogpt.evaluation;

import java.io.IOException;
import java.util.List;

/// Something that a model is asked to do. [Tasks#named] knows those that are built in; [Tasks#read]
/// reads one from a JSON file; a class that implements this is another.
///
/// ```java
/// record Sums() implements Task {
///     public String name() {
///         return "sums";
///     }
///
///     public List<Item> items(TaskOptions options) {
///         return List.of(new Item.Choice("Two and two is", " ", List.of("four", "five"), 0));
///     }
/// }
/// ```
public interface Task {
    /// What results call it.
    String name();

    /// Its items, all of one kind, in an order that is always the same.
    ///
    /// @param options an implementation may leave [TaskOptions#limit] to its caller
    /// @throws IOException where files are missing or not as expected
    List<? extends Item> items(TaskOptions options) throws IOException;

    /// How many examples come before each question.
    default int shots(TaskOptions options) {
        return options.shots().orElse(0);
    }
}
