/// What a run logs, step by step: `metrics.jsonl`, `samples.jsonl` and `starts.jsonl`; the source
/// of the progress line and of reports.
@NullMarked
package io.tornadogpt.trainer.metrics;

import org.jspecify.annotations.NullMarked;
