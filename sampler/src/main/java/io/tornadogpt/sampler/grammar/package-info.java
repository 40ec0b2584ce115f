/// Texts that follow a grammar: JSON, and JSON by a schema.
///
/// Start reading at [io.tornadogpt.sampler.grammar.Grammar]. A schema becomes an automaton over the
/// bytes of UTF-8, with calls for what may be nested; the automaton's state after what was written
/// says which tokens may come. All of it is bounded: schemas are written by strangers.
@NullMarked
package io.tornadogpt.sampler.grammar;

import org.jspecify.annotations.NullMarked;
