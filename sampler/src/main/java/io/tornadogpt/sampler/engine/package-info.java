/// Many requests at once over one model: each gets a slot of the key-value cache when one is free,
/// its prompt is read in pieces between the steps of those that go on, and its tokens stream out as
/// they come.
///
/// Start reading at [io.tornadogpt.sampler.engine.Engine]. One thread owns the model; everything
/// public here but [io.tornadogpt.sampler.engine.TokenConstraint] may be used by any thread.
@NullMarked
package io.tornadogpt.sampler.engine;

import org.jspecify.annotations.NullMarked;
