/// What a transformer computes, as plain values: which norm, which positions, which attention,
/// which MLP. How weights are called and how they lie in files is the business of
/// [io.tornadogpt.core.model.family].
@NullMarked
package io.tornadogpt.core.model.arch;

import org.jspecify.annotations.NullMarked;
