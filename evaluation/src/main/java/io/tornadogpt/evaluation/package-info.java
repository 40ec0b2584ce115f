/// What a model can do: [io.tornadogpt.evaluation.Tasks] names tasks, an
/// [io.tornadogpt.evaluation.Evaluator] asks a model their items, and a
/// [io.tornadogpt.evaluation.TaskResult] holds the figures, by the definitions of
/// lm-evaluation-harness 0.4.13.
@NullMarked
package io.tornadogpt.evaluation;

import org.jspecify.annotations.NullMarked;
