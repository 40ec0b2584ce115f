/// How much likelier a model finds texts of one group than the same texts of another.
@NullMarked
package io.tornadogpt.evaluation.bias;

import org.jspecify.annotations.NullMarked;
