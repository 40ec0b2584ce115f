/// JMH benchmarks of single ops and of the tokenizer. Whole jobs are measured by `gpt bench`.
@NullMarked
package io.tornadogpt.benchmarks;

import org.jspecify.annotations.NullMarked;
