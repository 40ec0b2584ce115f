/// JMH benchmarks of single ops and of the tokenizer. Whole jobs are measured by `gpt bench`.
@NullMarked
package io.tornadogpt.microbenchmarks;

import org.jspecify.annotations.NullMarked;
