package io.tornadogpt.finetune.task;

import com.fasterxml.jackson.annotation.JsonProperty;

import java.util.List;

/// The answers that a step, or some steps one after the other, learn from.
///
/// @param number counts from 0
/// @param completions group by group
/// @param rewards of each answer, by each reward
/// @param old negative log-probabilities of each answer's tokens when it was generated; empty where
///   each rollout serves one step
/// @param reference what the model that the run started from gives them; empty where it is not
///   asked
record Rollout(
        @JsonProperty(required = true) int number,
        @JsonProperty(required = true) List<Completion> completions,
        @JsonProperty(required = true) double[][] rewards,
        @JsonProperty(required = true) float[][] old,
        @JsonProperty(required = true) float[][] reference) {
    /// Rewards of each answer, added up.
    double[] sums() {
        var sums = new double[rewards.length];
        for (int i = 0; i < sums.length; i++) {
            for (double reward : rewards[i]) {
                sums[i] += reward;
            }
        }
        return sums;
    }

    /// Rewards of all answers by one of the rewards.
    double[] by(int reward) {
        var values = new double[rewards.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = rewards[i][reward];
        }
        return values;
    }
}
