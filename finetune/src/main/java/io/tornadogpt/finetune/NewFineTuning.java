package io.tornadogpt.finetune;

import io.tornadogpt.core.model.ModelConfig;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.core.model.arch.Dropouts;
import io.tornadogpt.core.model.family.Task;
import io.tornadogpt.finetune.reward.Reward;
import io.tornadogpt.trainer.data.Order;
import io.tornadogpt.trainer.run.RunOrigin;
import io.tornadogpt.trainer.settings.RunSettings;
import io.tornadogpt.trainer.settings.Settings;
import io.tornadogpt.trainer.settings.TrainConfig;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// All that says what a run of fine-tuning will be, before anything of it is made;
/// [FineTuning#begin] begins it.
///
/// ```
/// var begun = NewFineTuning.of(Goal.SFT, model, Path.of("rows.jsonl")).with("data.epochs=2");
/// ```
///
/// @param settings of the model, its training and the goal
/// @param following settings that were not set, and follow others: see [#FOLLOWING]
/// @param model to start from
/// @param data file of rows to train on
/// @param validation file of rows to validate on; null for a part of the data
/// @param seed of the division of rows, their order, new weights and dropout
/// @param order of the rows of each epoch
/// @param device a backend's name, and behind a colon which of its devices
/// @param rewards beside those that are built in
public record NewFineTuning(
        Goal goal,
        RunSettings settings,
        Set<String> following,
        StoredModel model,
        Path data,
        @Nullable Path validation,
        long seed,
        Order order,
        String device,
        List<Reward> rewards) {
    /// Settings that follow others where they are not set: as many steps as `data.epochs` asks for,
    /// a tenth of them for warming up, ten evaluations; and a learning rate that is ten times as
    /// high for an adapter.
    public static final Set<String> FOLLOWING =
            Set.of("train.steps", "train.warmupSteps", "train.evalInterval", "train.learningRate");

    private static final long DEFAULT_SEED = 1337;
    private static final int LONGEST_BLOCK = 1024;

    public NewFineTuning {
        following = Set.copyOf(following);
        rewards = List.copyOf(rewards);
        data = data.toAbsolutePath().normalize();
        validation = validation == null ? null : validation.toAbsolutePath().normalize();
    }

    /// With the usual settings, on the CPU.
    ///
    /// @throws IllegalArgumentException where the model cannot be trained for the goal
    public static NewFineTuning of(Goal goal, StoredModel model, Path data) {
        return new NewFineTuning(
                goal,
                defaults(goal, model.config()),
                FOLLOWING,
                model,
                data,
                null,
                DEFAULT_SEED,
                Order.RANDOM,
                "cpu",
                List.of());
    }

    /// With settings of a file and single ones.
    ///
    /// @param config a JSON file, null for none
    /// @param assignments such as `train.steps=500`; later ones count
    /// @throws IllegalArgumentException where a setting is unknown or out of range
    public NewFineTuning with(@Nullable Path config, List<String> assignments) throws IOException {
        // What was said is the same whatever stood there before.
        Settings one = marked("1").with(config, assignments).flat();
        RunSettings resolved = marked("2").with(config, assignments);
        Settings flat = resolved.flat();
        var unsaid = new TreeSet<String>();
        for (String key : following) {
            if (!one.value(key).equals(flat.value(key))) {
                unsaid.add(key);
            }
        }
        resolved.requireModel(model.config());
        return new NewFineTuning(
                goal, resolved, unsaid, model, data, validation, seed, order, device, rewards);
    }

    private RunSettings marked(String value) {
        var marks = following.stream().map(key -> key.substring(6) + "=" + value).toList();
        return settings.with(settings.train().with(marks.toArray(String[]::new)));
    }

    /// With single settings, such as `data.epochs=2`.
    ///
    /// @throws IllegalArgumentException where a setting is unknown or out of range
    public NewFineTuning with(String... assignments) throws IOException {
        return with(null, List.of(assignments));
    }

    /// With other settings of its training.
    public NewFineTuning with(TrainConfig train) {
        return new NewFineTuning(
                goal,
                settings.with(train),
                following,
                model,
                data,
                validation,
                seed,
                order,
                device,
                rewards);
    }

    /// With another file to validate on.
    public NewFineTuning validatingOn(Path rows) {
        return new NewFineTuning(
                goal, settings, following, model, data, rows, seed, order, device, rewards);
    }

    /// With another seed.
    public NewFineTuning withSeed(long other) {
        return new NewFineTuning(
                goal, settings, following, model, data, validation, other, order, device, rewards);
    }

    /// With rows in another order.
    public NewFineTuning withOrder(Order other) {
        return new NewFineTuning(
                goal, settings, following, model, data, validation, seed, other, device, rewards);
    }

    /// On another device.
    public NewFineTuning withDevice(String other) {
        return new NewFineTuning(
                goal, settings, following, model, data, validation, seed, order, other, rewards);
    }

    /// With rewards beside those that are built in; they count where `grpo.reward` names them, and
    /// in place of what it names where it was not set. A resumed run needs them again.
    ///
    /// @throws IllegalArgumentException where the goal is another
    public NewFineTuning withRewards(Reward... own) {
        GrpoSettings grpo = settings.group(GrpoSettings.GROUP, GrpoSettings.class);
        boolean unsaid = grpo.reward().equals(GrpoSettings.DEFAULT.reward());
        String names = Stream.of(own).map(Reward::name).collect(Collectors.joining(","));
        RunSettings named =
                unsaid && own.length > 0
                        ? settings.with(GrpoSettings.GROUP, grpo.withReward(names))
                        : settings;
        return new NewFineTuning(
                goal, named, following, model, data, validation, seed, order, device, List.of(own));
    }

    RunOrigin origin() {
        return new RunOrigin(
                seed,
                order,
                device,
                data.toString(),
                null,
                null,
                model.path().toAbsolutePath().normalize().toString(),
                goal.toString(),
                validation == null ? null : validation.toString());
    }

    /// Groups of settings that a goal has beside the model and its training.
    static Map<String, Record> groups(Goal goal) {
        var groups = new LinkedHashMap<String, Record>();
        groups.put(DataSettings.GROUP, DataSettings.DEFAULT);
        switch (goal) {
            case SFT -> groups.put(SftSettings.GROUP, SftSettings.DEFAULT);
            case CLASSIFY -> groups.put(ClassifySettings.GROUP, ClassifySettings.DEFAULT);
            case DPO -> groups.put(DpoSettings.GROUP, DpoSettings.DEFAULT);
            case GRPO -> groups.put(GrpoSettings.GROUP, GrpoSettings.DEFAULT);
        }
        return groups;
    }

    /// The usual settings: learning rates of TRL and of the BERT paper, falling to zero.
    private static RunSettings defaults(Goal goal, ModelConfig model) {
        requireHead(goal, model);
        TrainConfig train =
                TrainConfig.defaults()
                        .with(
                                "blockSize=" + Math.min(model.context(), LONGEST_BLOCK),
                                "batchSize=8",
                                "minLearningRate=0",
                                "schedule=linear",
                                "beta2=0.999",
                                "weightDecay=0",
                                "evalBatches=0",
                                "sampleInterval=0");
        train = train.with("learningRate=" + goal.learningRate());
        if (goal == Goal.CLASSIFY) {
            train = train.with("weightDecay=0.01");
        }
        // A reference that forgets at random would be no reference, and an answer is generated
        // without dropout.
        boolean compares = goal == Goal.DPO || goal == Goal.GRPO;
        ModelConfig trained = compares ? model.withDropout(Dropouts.NONE) : model;
        var settings = new RunSettings(trained, train, true, groups(goal));
        if (goal == Goal.GRPO) {
            GrpoSettings usual = GrpoSettings.DEFAULT;
            int most = Math.min(usual.maxNewTokens(), Math.max(1, train.blockSize() / 2));
            return settings.with(GrpoSettings.GROUP, usual.withMaxNewTokens(most));
        }
        return settings;
    }

    private static void requireHead(Goal goal, ModelConfig model) {
        if (goal == Goal.CLASSIFY) {
            return;
        }
        boolean continues =
                model.architecture().attention().causal() && model.task() instanceof Task.Tokens;
        if (!continues) {
            throw new IllegalArgumentException(
                    "the model is a %s, which does not continue texts, so it cannot be trained for %s; start from one that does, or train it for classify"
                            .formatted(model.family().architectureClass(model.task()), goal));
        }
    }
}
