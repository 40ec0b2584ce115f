/// The steps of a recipe. Each is a record of its settings.
@NullMarked
package io.tornadogpt.curation.step;

import org.jspecify.annotations.NullMarked;
