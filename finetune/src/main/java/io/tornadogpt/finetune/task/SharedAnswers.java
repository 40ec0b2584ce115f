package io.tornadogpt.finetune.task;

import io.tornadogpt.trainer.data.StepRefusedException;
import io.tornadogpt.trainer.loop.GradientExchange;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/// Brings together answers and rewards that several processes made, each its share of them. Every
/// process does the same at the same time, and has all of them in the end.
///
/// Numbers travel as doubles, which hold a token and a float as they are.
///
/// @param exchange with the other processes
record SharedAnswers(GradientExchange exchange, PromptRows prompts, Scorer scorer) {
    /// The answers of all processes, in order.
    ///
    /// @param own this process's
    /// @param rows numbers of the prompts of all of them
    List<Completion> answers(List<Completion> own, int... rows) {
        double[] numbers =
                own.stream()
                        .flatMapToDouble(
                                answer ->
                                        DoubleStream.concat(
                                                DoubleStream.of(
                                                        answer.ended() ? 1 : 0,
                                                        answer.tokens().length),
                                                IntStream.of(answer.tokens()).asDoubleStream()))
                        .toArray();
        var all = new ArrayList<Completion>();
        for (double[] ofOne : exchange.gather(numbers)) {
            var reader = new Reader(ofOne);
            while (reader.more()) {
                int row = rows[all.size()];
                boolean ended = reader.next() != 0;
                int[] tokens =
                        IntStream.range(0, (int) reader.next())
                                .map(i -> (int) reader.next())
                                .toArray();
                all.add(new Completion(row, prompts.get(row).ids(), tokens, ended));
            }
        }
        return all;
    }

    /// The rewards of a process's own answers.
    ///
    /// @param all answers, of all processes
    /// @throws StepRefusedException in every process, with the same message, where one of them
    ///   cannot reward its answers
    double[][] rewards(List<Completion> own, List<Completion> all) {
        double[][] rewards = {};
        StepRefusedException failure = null;
        try {
            rewards = scorer.score(prompts, own);
        } catch (StepRefusedException e) {
            failure = e;
        }
        if (exchange.any(failure != null)) {
            // The other process's answer fails here as it failed there, unless rewards are drawn.
            scorer.score(prompts, all);
            throw failure != null
                    ? failure
                    : new StepRefusedException(
                            "a reward failed in another process, and does not fail here; rewards"
                                + " have to be functions of the answer, so correct it and resume"
                                + " the run",
                            null);
        }
        return rewards;
    }

    /// What all processes made of their answers.
    ///
    /// @param own this process's part
    /// @param all answers, of all processes
    Rollout rollout(Rollout own, List<Completion> all) {
        double[] numbers =
                IntStream.range(0, own.completions().size())
                        .mapToObj(
                                i ->
                                        DoubleStream.concat(
                                                DoubleStream.of(own.rewards()[i]),
                                                DoubleStream.concat(
                                                        numbers(own.old(), i),
                                                        numbers(own.reference(), i))))
                        .flatMapToDouble(of -> of)
                        .toArray();
        var rewards = new ArrayList<double[]>();
        var old = new ArrayList<float[]>();
        var reference = new ArrayList<float[]>();
        for (double[] ofOne : exchange.gather(numbers)) {
            var reader = new Reader(ofOne);
            while (reader.more()) {
                int tokens = all.get(rewards.size()).tokens().length;
                rewards.add(reader.next(own.rewards()[0].length));
                if (own.old().length > 0) {
                    old.add(floats(reader.next(tokens)));
                }
                if (own.reference().length > 0) {
                    reference.add(floats(reader.next(tokens)));
                }
            }
        }
        return new Rollout(
                own.number(),
                all,
                rewards.toArray(double[][]::new),
                old.toArray(float[][]::new),
                reference.toArray(float[][]::new));
    }

    private static DoubleStream numbers(float[][] values, int answer) {
        if (values.length == 0) {
            return DoubleStream.empty();
        }
        float[] own = values[answer];
        return IntStream.range(0, own.length).mapToDouble(i -> own[i]);
    }

    private static float[] floats(double... values) {
        var floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }

    /// Reads numbers one after the other.
    private static final class Reader {
        private final double[] numbers;
        private int at;

        Reader(double... numbers) {
            this.numbers = numbers;
        }

        boolean more() {
            return at < numbers.length;
        }

        double next() {
            return numbers[at++];
        }

        double[] next(int count) {
            var some = new double[count];
            System.arraycopy(numbers, at, some, 0, count);
            at += count;
            return some;
        }
    }
}
