package io.tornadogpt.finetune.task;

import io.tornadogpt.core.model.BatchForm;
import io.tornadogpt.core.model.LossProgram;
import io.tornadogpt.core.random.Threefry;
import io.tornadogpt.finetune.GrpoSettings;
import io.tornadogpt.sampler.GenerationOptions;
import io.tornadogpt.sampler.SamplingOptions;
import io.tornadogpt.trainer.data.Batch;
import io.tornadogpt.trainer.data.BatchSource;
import io.tornadogpt.trainer.data.Order;
import io.tornadogpt.trainer.data.RowBatches;
import io.tornadogpt.trainer.loop.GradientExchange;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/// Answers of the model itself, in groups to one prompt each: before a step they are generated with
/// the weights as they stand and rewarded, then the step's micro-batches are made of them. Several
/// processes answer and reward a share each: that of the micro-batches that they compute.
///
/// Used by one thread at a time.
final class Rollouts implements BatchSource {
    /// Sets these random numbers apart from those of other draws with the same seed.
    private static final int PLACE = -5;

    private final PromptRows prompts;
    private final GrpoSettings settings;
    private final Scorer scorer;
    private final List<BatchForm> forms;
    private final int microBatches;
    private final Order order;
    private final long seed;
    private GradientExchange exchange = GradientExchange.ALONE;
    private @Nullable Policies policies;
    private @Nullable Rollout current;
    private int epoch = -1;
    private int[] epochOrder = new int[0];
    private Advantages advantages = new Advantages(new float[0], 0);

    /// The models that a run's session holds.
    ///
    /// @param session with the one that is trained
    /// @param old programs that tell how likely answers are to it; empty where that is not asked
    /// @param reference programs that tell how likely they are to the one that the run started
    ///   from; empty where that is not asked
    record Policies(PolicySession session, List<LossProgram> old, List<LossProgram> reference) {}

    /// @param forms of batches, all of equally many sequences
    /// @param microBatches of a step
    /// @param order of the prompts of each epoch
    /// @param seed of the order and of the answers
    Rollouts(
            PromptRows prompts,
            GrpoSettings settings,
            Scorer scorer,
            List<BatchForm> forms,
            int microBatches,
            Order order,
            long seed) {
        this.prompts = prompts;
        this.settings = settings;
        this.scorer = scorer;
        this.forms = List.copyOf(forms);
        this.microBatches = microBatches;
        this.order = order;
        this.seed = seed;
    }

    /// Tells of other processes that answer a share each; before the first step.
    void join(GradientExchange others) {
        exchange = others;
    }

    /// Tells where answers come from; before the first step.
    void open(Policies of) {
        policies = of;
    }

    /// The answers of the last step; null before the first.
    @Nullable Rollout current() {
        return current;
    }

    /// What they are compared with each other by.
    Advantages advantages() {
        return advantages;
    }

    /// Takes answers of an earlier step, to go on with them.
    void use(Rollout rollout) {
        current = rollout;
        advantages = Advantages.of(rollout.sums(), settings.groupSize(), settings.scaleRewards());
    }

    private int sequences() {
        return forms.getFirst().sequences();
    }

    @Override
    public boolean prepare(int step, BooleanSupplier stopping) {
        int number = step / settings.iterations();
        if (current != null && current.number() == number) {
            return true;
        }
        Policies models = Objects.requireNonNull(policies);
        GradientExchange.Share own = exchange.share(microBatches);
        int first = own.first() * sequences();
        int[] all = rows(number);
        int[] rows = Arrays.copyOfRange(all, first, first + own.count() * sequences());
        GenerationOptions options = options(number).withFirstSequence(first);
        List<Completion> answers = models.session.answer(prompts, rows, options, stopping);
        if (exchange.any(answers == null) || answers == null) {
            return false;
        }
        if (own.count() == microBatches) {
            use(number, answers, scorer.score(prompts, answers));
        } else {
            var shared = new SharedAnswers(exchange, prompts, scorer);
            List<Completion> everyone = shared.answers(answers, all);
            use(shared.rollout(made(number, answers, shared.rewards(answers, everyone)), everyone));
        }
        return true;
    }

    /// Takes answers that the weights as they stand gave.
    ///
    /// @param number of the rollout
    /// @param rewards of each answer, by each reward
    void use(int number, List<Completion> answers, double[][] rewards) {
        use(made(number, answers, rewards));
    }

    private Rollout made(int number, List<Completion> answers, double[][] rewards) {
        Policies models = Objects.requireNonNull(policies);
        return new Rollout(
                number,
                answers,
                rewards,
                losses(models, models.old, answers),
                losses(models, models.reference, answers));
    }

    private static float[][] losses(
            Policies models, List<LossProgram> programs, List<Completion> answers) {
        return programs.isEmpty() ? new float[0][] : models.session.losses(programs, answers);
    }

    /// Numbers of a rollout's prompts, each as often as its group has answers.
    private int[] rows(int number) {
        int all = sequences() * microBatches;
        long first = (long) number * (all / settings.groupSize());
        return IntStream.range(0, all).map(i -> row(first + i / settings.groupSize())).toArray();
    }

    private int row(long prompt) {
        int number = (int) (prompt / prompts.count());
        int place = (int) (prompt % prompts.count());
        return order == Order.SEQUENTIAL ? place : orderOf(number)[place];
    }

    /// The prompts of an epoch; the answers of a step ask for it as often as there are.
    private int[] orderOf(int number) {
        if (epoch != number) {
            epochOrder = RowBatches.shuffled(prompts.count(), Threefry.of(seed, number, 0), PLACE);
            epoch = number;
        }
        return epochOrder;
    }

    /// The model's own distribution, which the loss is about.
    private GenerationOptions options(int number) {
        int end = Objects.requireNonNull(policies).session.end();
        return new GenerationOptions(
                        SamplingOptions.UNCHANGED,
                        settings.maxNewTokens(),
                        Integer.toUnsignedLong(Threefry.of(seed, number, 0).word(0, 0, PLACE, 0)))
                .withEndTokens(end < 0 ? Set.of() : Set.of(end));
    }

    private List<Completion> microBatch(int number) {
        int from = number * sequences();
        return Objects.requireNonNull(current).completions().subList(from, from + sequences());
    }

    @Override
    public int form(int step, int microBatch) {
        int[] positions = forms.stream().mapToInt(BatchForm::positions).toArray();
        return PolicySession.form(microBatch(microBatch), positions);
    }

    @Override
    public double fill(int step, int microBatch, Batch batch) {
        Rollout rollout = Objects.requireNonNull(current);
        List<Completion> answers = microBatch(microBatch);
        PolicySession.put(answers, batch);
        int tokens = answers.stream().mapToInt(answer -> answer.tokens().length).sum();
        int first = microBatch * sequences();
        for (int line = 0; line < answers.size(); line++) {
            Completion answer = answers.get(line);
            int count = answer.tokens().length;
            int at = line * batch.length() + answer.firstTarget();
            float weight =
                    switch (settings.lossType()) {
                        case GRPO -> 1f / count;
                        case BNPO -> 1f / tokens;
                        case DR_GRPO -> 1f / settings.maxNewTokens();
                        case DAPO -> 1;
                    };
            Arrays.fill(batch.numbers("weights"), at, at + count, weight);
            batch.numbers("advantages")[line] = advantages.values()[first + line];
            if (batch.reads("old")) {
                System.arraycopy(rollout.old()[first + line], 0, batch.numbers("old"), at, count);
            }
            if (batch.reads("reference")) {
                float[] reference = rollout.reference()[first + line];
                System.arraycopy(reference, 0, batch.numbers("reference"), at, count);
            }
        }
        return switch (settings.lossType()) {
            case GRPO, DR_GRPO -> answers.size();
            case BNPO -> 1;
            case DAPO -> tokens;
        };
    }
}
