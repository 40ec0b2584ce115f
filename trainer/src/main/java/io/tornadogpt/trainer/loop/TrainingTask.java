package io.tornadogpt.trainer.loop;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.BatchForm;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.Trainable;
import io.tornadogpt.core.model.graph.Objective;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.data.BatchSource;
import io.tornadogpt.trainer.data.EvaluationBatches;
import io.tornadogpt.trainer.data.Order;
import io.tornadogpt.trainer.settings.TrainConfig;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// What a run trains a model for, and on what: the objective, the batches, and how it is judged.
/// The loop is the same for all of them.
public interface TrainingTask extends AutoCloseable {
    /// What is minimized.
    Objective objective();

    /// The forms that batches come in, the shortest first; programs are written down for each.
    List<BatchForm> forms(TrainConfig config);

    /// The micro-batches.
    ///
    /// @param order in which the data is read
    /// @param seed of the order
    BatchSource batches(TrainConfig config, Order order, long seed);

    /// Whether there is something to validate on.
    boolean validates();

    /// Whether [#begin] runs the programs that evaluate, so that they are needed even where nothing
    /// is validated.
    default boolean measuresFirst() {
        return false;
    }

    /// What to validate on, in batches of the same forms.
    ///
    /// @param seed of the run
    /// @return null where there is nothing
    @Nullable EvaluationBatches validation(TrainConfig config, long seed);

    /// What judges the model in place of the mean loss over [#validation]; null for that.
    default @Nullable Judge judge(TrainConfig config) {
        return null;
    }

    /// A new counter of what is logged beside the loss.
    default Tally tally() {
        return Tally.NONE;
    }

    /// The model as the session of a run has it, such as with a shorter context.
    default Model inSession(Model model) {
        return model;
    }

    /// Programs beside those that train and evaluate, in the same session.
    ///
    /// @param model of [#inSession]
    default List<Program> programs(Model model) {
        return List.of();
    }

    /// What is trained of a model.
    default Trainable trainable(Model model, TrainConfig config) {
        return config.trainable(model);
    }

    /// What tells the data from other data: a resumed run must find the same.
    Map<String, String> identity();

    /// What a part of [#identity] is called in messages, such as the path of its file.
    default String nameOf(String part) {
        return part;
    }

    /// Checks that the data is still what it was when it was opened, as far as that can be told in
    /// no time.
    ///
    /// @throws IOException naming the file that has changed
    default void requireUnchanged() throws IOException {}

    /// The tokenizer, null where only its tokens are at hand.
    @Nullable Tokenizer tokenizer();

    /// Checks that a model of that many tokens can read the data.
    ///
    /// @throws IllegalArgumentException where it cannot
    /// @throws io.tornadogpt.trainer.data.DataFileException naming the first token that is too
    ///   large
    void requireVocabulary(int vocabularySize) throws IOException;

    /// Called before [#begin] or [#resume] where several processes train together.
    ///
    /// @param exchange what they hand to each other goes through it
    default void join(GradientExchange exchange) {}

    /// Called once before the first step of a run, when the session holds the weights that the
    /// model starts with; what a resumed run needs of it goes into the folder.
    ///
    /// @param folder of the run's data
    default void begin(Session session, TrainingPrograms programs, Path folder)
            throws IOException {}

    /// Called in place of [#begin] where a run is resumed, when the session holds the checkpoint's
    /// weights.
    ///
    /// @param folder of the run's data
    /// @param checkpoint with what [#state] gave when it was made; null in a process that joins a
    ///   run which another one has just begun
    default void resume(
            Session session, TrainingPrograms programs, Path folder, @Nullable Path checkpoint)
            throws IOException {}

    /// Files that a checkpoint needs beside weights and optimizer state for the run to go on as if
    /// it had never stopped, by name.
    default Map<String, byte[]> state() throws IOException {
        return Map.of();
    }

    /// The files that belong beside a model's weights, by name; in a folder where the name says so.
    default Map<String, byte[]> companions() throws IOException {
        Tokenizer own = tokenizer();
        return own == null ? Map.of() : own.files();
    }

    @Override
    void close();
}
