/// What to tell others about a model: a card in Markdown, made of the files of its run.
@NullMarked
package io.tornadogpt.evaluation.card;

import org.jspecify.annotations.NullMarked;
