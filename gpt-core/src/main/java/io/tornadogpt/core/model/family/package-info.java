/// Families of models as people publish them: how the `config.json` of each says what its
/// architecture is, and how its weights are called and lie in files. One file each.
///
/// To add one, implement [io.tornadogpt.core.model.family.Family] and name it in
/// [io.tornadogpt.core.model.family.Families].
@NullMarked
package io.tornadogpt.core.model.family;

import org.jspecify.annotations.NullMarked;
