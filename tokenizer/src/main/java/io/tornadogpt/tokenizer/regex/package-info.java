/// Oniguruma's regular expressions, in which `tokenizer.json` files are written, on the JDK's
/// engine.
@NullMarked
package io.tornadogpt.tokenizer.regex;

import org.jspecify.annotations.NullMarked;
