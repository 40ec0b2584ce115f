package io.tornadogpt.finetune.task;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.LossProgram;
import io.tornadogpt.sampler.FinishReason;
import io.tornadogpt.sampler.Generation;
import io.tornadogpt.sampler.GenerationOptions;
import io.tornadogpt.sampler.GenerationPrograms;
import io.tornadogpt.sampler.Generator;
import io.tornadogpt.trainer.data.Batch;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;

/// What a run's session can do beside training: answer prompts with the weights as they stand, and
/// tell how likely answers are.
///
/// @param generation programs that answer
/// @param end the token that ends an answer, -1 for none
record PolicySession(Session session, GenerationPrograms generation, int end) {
    private static final int NONE = -1;

    /// Answers prompts.
    ///
    /// @param rows numbers of the prompts
    /// @return null where it was asked to stop
    @Nullable List<Completion> answer(
            PromptRows prompts, int[] rows, GenerationOptions options, BooleanSupplier stopping) {
        List<int[]> ids = Arrays.stream(rows).mapToObj(row -> prompts.get(row).ids()).toList();
        List<Generation> answers;
        try (var generator = Generator.in(session, generation)) {
            answers =
                    generator.generate(ids, options, (sequence, token) -> !stopping.getAsBoolean());
        }
        var completions = new ArrayList<Completion>();
        for (int i = 0; i < rows.length; i++) {
            Generation answer = answers.get(i);
            if (answer.finishReason() == FinishReason.STOPPED) {
                return null;
            }
            boolean ended = answer.finishReason() == FinishReason.END_TOKEN;
            int[] tokens = answer.tokens();
            if (ended) {
                tokens = Arrays.copyOf(tokens, tokens.length + 1);
                tokens[tokens.length - 1] = end;
            }
            completions.add(new Completion(rows[i], ids.get(i), tokens, ended));
        }
        return completions;
    }

    /// The negative log-probability of each token of answers.
    ///
    /// @param programs of [io.tornadogpt.core.model.objective.Policy], the shortest first
    float[][] losses(List<LossProgram> programs, List<Completion> completions) {
        List<Batch> rooms = programs.stream().map(Batch::new).toList();
        int size = rooms.getFirst().sequences();
        var losses = new float[completions.size()][];
        for (int from = 0; from < losses.length; from += size) {
            List<Completion> some = completions.subList(from, Math.min(losses.length, from + size));
            int form = form(some, rooms.stream().mapToInt(Batch::length).toArray());
            Batch room = rooms.get(form);
            put(some, room);
            room.write(session, 0, 0, 0, 0);
            session.run(programs.get(form).program().name());
            float[] tokens = session.readFloats(programs.get(form).output("perToken"));
            for (int line = 0; line < some.size(); line++) {
                Completion completion = some.get(line);
                int at = line * room.length() + completion.firstTarget();
                losses[from + line] =
                        Arrays.copyOfRange(tokens, at, at + completion.tokens().length);
            }
        }
        return losses;
    }

    /// The first form that the longest answer fits.
    ///
    /// @param positions of the forms
    static int form(List<Completion> completions, int... positions) {
        int longest = completions.stream().mapToInt(Completion::positions).max().orElse(1);
        int form = 0;
        while (positions[form] < longest) {
            form++;
        }
        return form;
    }

    /// Writes answers into a batch, a line each, in which nothing counts yet.
    static void put(List<Completion> completions, Batch batch) {
        batch.clearRows();
        int[] targets = batch.integers("targets");
        Arrays.fill(targets, NONE);
        for (String name : List.of("weights", "old", "reference", "advantages")) {
            if (batch.reads(name)) {
                Arrays.fill(batch.numbers(name), 0);
            }
        }
        for (int line = 0; line < completions.size(); line++) {
            Completion completion = completions.get(line);
            int at = line * batch.length();
            int[] tokens = completion.tokens();
            batch.putRow(completion.inputs(), at);
            System.arraycopy(tokens, 0, targets, at + completion.firstTarget(), tokens.length);
        }
    }
}
