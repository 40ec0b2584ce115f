package io.tornadogpt.finetune.task;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.files.SafetensorsFile;
import io.tornadogpt.core.files.SafetensorsWriter;
import io.tornadogpt.core.model.BatchForm;
import io.tornadogpt.core.model.LossProgram;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.SessionTensors;
import io.tornadogpt.core.model.graph.Objective;
import io.tornadogpt.core.model.graph.Parameter;
import io.tornadogpt.core.model.objective.Policy;
import io.tornadogpt.core.op.PolicyLoss;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.tensor.TensorSpec;
import io.tornadogpt.finetune.GrpoSettings;
import io.tornadogpt.finetune.reward.Reward;
import io.tornadogpt.sampler.GenerationPrograms;
import io.tornadogpt.trainer.data.BatchSource;
import io.tornadogpt.trainer.data.DataFileException;
import io.tornadogpt.trainer.data.EvaluationBatches;
import io.tornadogpt.trainer.data.Order;
import io.tornadogpt.trainer.data.RowBatches;
import io.tornadogpt.trainer.loop.GradientExchange;
import io.tornadogpt.trainer.loop.Judge;
import io.tornadogpt.trainer.loop.Tally;
import io.tornadogpt.trainer.loop.TrainingPrograms;
import io.tornadogpt.trainer.settings.TrainConfig;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/// Group relative policy optimization (Shao et al., "DeepSeekMath", 2024): the model answers each
/// prompt several times, rewards say what the answers are worth, and those that are better than the
/// others of their group become more likely.
///
/// Answers are drawn from the model's own distribution, at temperature 1, in the session that
/// trains. The model that the divergence is measured from is the one that the run starts from;
/// where an adapter is trained it is the model without it, else a copy, which is kept with the
/// run's data.
///
/// Used by one thread at a time.
public final class GrpoTask extends RowTask {
    private static final String ROLLOUT = "rollout.json";
    private static final String REFERENCE = "reference.safetensors";
    private static final String PREFIX = "reference.";
    private static final int MOST_SLOTS = 64;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final GrpoSettings settings;
    private final List<Reward> rewards;
    private final Scorer scorer;
    private final TrainConfig train;
    private final int end;
    private final int longest;
    private @Nullable Model model;
    private @Nullable Rollouts rollouts;
    private @Nullable PolicySession session;

    /// @param train says how many answers a step has
    /// @param end the token that ends an answer, -1 for none
    GrpoTask(
            Source source,
            GrpoSettings settings,
            List<Reward> rewards,
            PromptRows training,
            @Nullable PromptRows validation,
            TrainConfig train,
            int end) {
        super(source, training, validation);
        this.settings = settings;
        this.rewards = List.copyOf(rewards);
        this.scorer = new Scorer(this.rewards, source.tokenizer());
        this.train = train;
        this.end = end;
        int longestValidated = validation == null ? 1 : validation.longest();
        this.longest = Math.max(training.longest(), longestValidated) + settings.maxNewTokens() - 1;
    }

    private int answersOfStep() {
        return Math.multiplyExact(train.batchSize(), train.gradAccumulation());
    }

    private PromptRows prompts() {
        return (PromptRows) training();
    }

    @Override
    public Objective objective() {
        return new Policy(settings.settings(), settings.iterations() == 1);
    }

    @Override
    public int longest() {
        return longest;
    }

    @Override
    public int stepsOfEpoch(TrainConfig config) {
        int prompts = answersOfStep() / settings.groupSize();
        return Math.ceilDiv(prompts().count(), prompts) * settings.iterations();
    }

    @Override
    public List<BatchForm> forms(TrainConfig config) {
        return RowBatches.lengths(longest).stream()
                .map(length -> BatchForm.padded(config.batchSize(), length))
                .toList();
    }

    @Override
    public BatchSource batches(TrainConfig config, Order order, long seed) {
        rollouts =
                new Rollouts(
                        prompts(),
                        settings,
                        scorer,
                        forms(config),
                        config.gradAccumulation(),
                        order,
                        seed);
        return rollouts;
    }

    @Override
    public void join(GradientExchange exchange) {
        Objects.requireNonNull(rollouts).join(exchange);
    }

    /// The judge has programs of its own.
    @Override
    public boolean validates() {
        return false;
    }

    @Override
    public @Nullable EvaluationBatches validation(TrainConfig config, long seed) {
        return null;
    }

    @Override
    public @Nullable Judge judge(TrainConfig config) {
        return validationRows() instanceof PromptRows rows
                ? new AnswerJudge(
                        Objects.requireNonNull(session),
                        rows,
                        scorer,
                        rewards,
                        settings.maxNewTokens())
                : null;
    }

    /// Where answers serve several steps, what was likely when they were generated must be known.
    @Override
    public boolean measuresFirst() {
        return settings.iterations() > 1;
    }

    @Override
    public Model inSession(Model whole) {
        return whole.withContext(Math.min(whole.context(), longest + 1));
    }

    @Override
    public List<Program> programs(Model trained) {
        model = trained;
        Stream<Program> reference = reference(trained).stream().map(LossProgram::program);
        return Stream.concat(generation(trained).programs().stream(), reference).toList();
    }

    private GenerationPrograms generation(Model trained) {
        return GenerationPrograms.of(trained, Math.min(MOST_SLOTS, answersOfStep()));
    }

    /// The model that the run starts from.
    private static Model start(Model trained) {
        return trained.adapter() == null ? trained.withPrefix(PREFIX) : trained.base();
    }

    private List<LossProgram> reference(Model trained) {
        if (settings.beta() == 0) {
            return List.of();
        }
        Model start = start(trained);
        var plain =
                new Policy(
                        new PolicyLoss.Settings(settings.epsilon(), settings.epsilon(), 0), true);
        var programs = new ArrayList<LossProgram>();
        for (BatchForm form : forms(train)) {
            programs.add(start.evaluate("likely." + form.positions(), plain, form));
        }
        return programs;
    }

    @Override
    public void begin(Session opened, TrainingPrograms programs, Path folder) throws IOException {
        Model trained = Objects.requireNonNull(model);
        if (settings.beta() > 0 && trained.adapter() == null) {
            copy(trained, opened);
            var writer = new SafetensorsWriter();
            SessionTensors.add(writer, opened::readFloats, specs(start(trained)));
            Files.createDirectories(folder);
            writer.write(folder.resolve(REFERENCE));
        }
        open(opened, programs);
    }

    private static List<TensorSpec> specs(Model of) {
        return of.parameters().stream().map(Parameter::spec).toList();
    }

    private static void copy(Model trained, Session session) {
        Model start = start(trained);
        List<TensorSpec> from = specs(trained);
        List<TensorSpec> to = specs(start);
        for (int i = 0; i < from.size(); i++) {
            for (int slice = 0; slice < from.get(i).slices(); slice++) {
                float[] values = session.readFloats(from.get(i), slice);
                session.writeFloats(to.get(i), slice, values);
            }
        }
        start.writeConstants(session);
    }

    @Override
    public void resume(
            Session opened, TrainingPrograms programs, Path folder, @Nullable Path checkpoint)
            throws IOException {
        Model trained = Objects.requireNonNull(model);
        if (settings.beta() > 0 && trained.adapter() == null) {
            Model start = start(trained);
            try (SafetensorsFile file = SafetensorsFile.open(folder.resolve(REFERENCE))) {
                SessionTensors.read(file, opened, specs(start), UnaryOperator.identity());
            }
            start.writeConstants(opened);
        }
        open(opened, programs);
        Path file = checkpoint == null ? null : checkpoint.resolve(ROLLOUT);
        if (file != null && Files.exists(file)) {
            try {
                Objects.requireNonNull(rollouts).use(JSON.readValue(file.toFile(), Rollout.class));
            } catch (JsonProcessingException e) {
                throw new DataFileException(
                        file,
                        "the file",
                        "is damaged (" + e.getOriginalMessage() + ")",
                        "resume from another checkpoint of the run");
            }
        }
    }

    private void open(Session opened, TrainingPrograms programs) {
        Model trained = Objects.requireNonNull(model);
        var own = new PolicySession(opened, generation(trained), end);
        session = own;
        List<LossProgram> old = settings.iterations() == 1 ? List.of() : programs.evaluate();
        Objects.requireNonNull(rollouts).open(new Rollouts.Policies(own, old, reference(trained)));
    }

    /// Answers that serve several steps go on to do so.
    @Override
    public Map<String, byte[]> state() throws IOException {
        Rollout current = Objects.requireNonNull(rollouts).current();
        return settings.iterations() == 1 || current == null
                ? Map.of()
                : Map.of(ROLLOUT, JSON.writeValueAsBytes(current));
    }

    @Override
    public Tally tally() {
        return new PolicyTally(Objects.requireNonNull(rollouts), rewards, settings.settings());
    }
}
