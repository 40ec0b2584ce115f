package io.tornadogpt.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.trainer.loop.ModelFlops;
import io.tornadogpt.trainer.settings.Preset;
import io.tornadogpt.trainer.settings.TrainConfig;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

class JobTest {
    private static final Backend CPU = Backends.named("cpu");
    private static final Preset TINY = Preset.named("tiny");

    private static Job training(String... changes) {
        TrainConfig config = TINY.train().with(changes);
        return TrainingJob.open(CPU, TINY.model(), config, ExecutionOptions.DEFAULT);
    }

    private static Job generation(int prompt, int tokens) {
        return generation(1, prompt, tokens);
    }

    private static Job generation(int streams, int prompt, int tokens) {
        var model = new Model(TINY.model());
        return GenerationJob.open(
                CPU,
                model,
                session -> model.initialize(session, 1),
                streams,
                prompt,
                tokens,
                ExecutionOptions.DEFAULT);
    }

    @Test
    void aStepCountsItsTokensAndOperations() {
        try (Job job = training("batchSize=3", "blockSize=5", "gradAccumulation=2")) {
            assertEquals(30, job.facts().tokens());
            assertEquals(30.0 * new ModelFlops(TINY.model(), 5).training(), job.facts().flops());
            assertTrue(job.run().milliseconds() > 0);
            assertTrue(job.facts().plannedBytes() > 0);
        }
    }

    @Test
    void textsSideBySideCountAllTheirTokens() {
        try (Job one = generation(4, 6);
                Job three = generation(3, 4, 6)) {
            Job.Timing timing = three.run();

            assertEquals(18, three.facts().tokens());
            assertEquals(one.facts().weightBytes() / 3, three.facts().weightBytes());
            assertTrue(timing.firstMilliseconds() < timing.milliseconds());
        }
    }

    @Test
    void noTextsSideBySideAreRefused() {
        var refused = assertThrows(IllegalArgumentException.class, () -> generation(0, 4, 6));

        assertTrue(refused.getMessage().startsWith("0 texts side by side were asked for"));
    }

    @Test
    void generationSaysWhenTheFirstTokenWasThere() {
        try (Job job = generation(4, 6)) {
            Job.Timing timing = job.run();

            assertEquals(6, job.facts().tokens());
            assertTrue(timing.firstMilliseconds() > 0);
            assertTrue(timing.firstMilliseconds() < timing.milliseconds());
        }
    }

    /// The position table, of which a token reads one row, is left out.
    @Test
    void readsTheWeightsThatATokenNeeds() {
        var model = new Model(TINY.model());
        try (Job job = generation(4, 6)) {
            assertEquals(4 * (model.parameterCount() - 32 * 32), job.facts().weightBytes());
        }
    }

    @Test
    void aTextThatDoesNotFitTheBlockIsRefused() {
        var e = assertThrows(IllegalArgumentException.class, () -> generation(20, 20));

        assertTrue(e.getMessage().contains("at most the model's block, 32"), e.getMessage());
    }

    @Test
    void aBurstEndsAfterItsCount() {
        try (Job job = training()) {
            assertEquals(3, Burst.of(job, 1e9, 3).timings().size());
            assertEquals(1, Burst.of(job, 0, 3).timings().size());
        }
    }

    @Test
    void aPacedJobAnswersEachLine() throws IOException {
        var requests = new ByteArrayInputStream("0 1\n1e9 2\n".getBytes(StandardCharsets.UTF_8));
        List<String> answers = new ArrayList<>();
        try (Job job = training()) {
            PacedJob.serve(job, requests, answers::add);

            assertEquals(3, answers.size());
            assertEquals(job.facts(), PacedJob.JSON.readValue(answers.getFirst(), Job.Facts.class));
            assertEquals(2, PacedJob.JSON.readValue(answers.get(2), Burst.class).timings().size());
        }
    }

    @Test
    void aLineThatAsksForNothingIsNamed() {
        var e = assertThrows(IllegalArgumentException.class, () -> PacedJob.Request.parse("soon"));

        assertTrue(e.getMessage().contains("'soon'"), e.getMessage());
    }
}
