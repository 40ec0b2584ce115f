/// How a corpus goes through a recipe: in pieces, of which each becomes a shard.
@NullMarked
package io.tornadogpt.curation.run;

import org.jspecify.annotations.NullMarked;
