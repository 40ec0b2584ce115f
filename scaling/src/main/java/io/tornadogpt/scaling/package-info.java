/// Laws of scaling: a [Ladder] trains models of several sizes on several numbers of tokens, a
/// [LawFit] fits a [ScalingLaw] to their losses, and a [Recommendation] says what to train with a
/// budget.
@NullMarked
package io.tornadogpt.scaling;

import org.jspecify.annotations.NullMarked;
