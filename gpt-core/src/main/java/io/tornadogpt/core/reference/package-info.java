/// The backend that all others are measured against: every operation in double precision, one
/// thread, in the plainest form of its mathematics. Start reading at [ReferenceBackend]; each
/// family of operations has a file with forward and backward beside each other.
///
/// Shapes are written as in [io.tornadogpt.core.op]; a [Matrix] is a tensor with its leading
/// dimensions flattened.
@NullMarked
package io.tornadogpt.core.reference;

import org.jspecify.annotations.NullMarked;
