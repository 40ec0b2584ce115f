/// The part of Jinja that chat templates use, as transformers sets Jinja up: blocks trimmed, left
/// whitespace before them dropped, loop controls, no escaping, a sandbox without mutation.
///
/// [io.tornadogpt.chat.jinja.Template] is the way in. A template becomes tokens in
/// [io.tornadogpt.chat.jinja.Lexer], a tree of [io.tornadogpt.chat.jinja.Stmt] and
/// [io.tornadogpt.chat.jinja.Expr] in [io.tornadogpt.chat.jinja.Parser], and text in
/// [io.tornadogpt.chat.jinja.Interpreter]. Values behave as Python's do. Nothing here reflects,
/// reads a file or reaches the host; everything that a template can make large is charged to a
/// [io.tornadogpt.chat.jinja.Budget].
@NullMarked
package io.tornadogpt.chat.jinja;

import org.jspecify.annotations.NullMarked;
