/// `metrics.jsonl`: what a run measured, step by step; the source of the progress line and of
/// reports.
@NullMarked
package io.tornadogpt.trainer.metrics;

import org.jspecify.annotations.NullMarked;
