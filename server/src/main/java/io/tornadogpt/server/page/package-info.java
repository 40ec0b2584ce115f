/// The page to chat on, and what it consists of.
@NullMarked
package io.tornadogpt.server.page;

import org.jspecify.annotations.NullMarked;
