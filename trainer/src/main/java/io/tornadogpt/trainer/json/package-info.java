/// How this module reads its own JSON files: strictly.
@NullMarked
package io.tornadogpt.trainer.json;

import org.jspecify.annotations.NullMarked;
