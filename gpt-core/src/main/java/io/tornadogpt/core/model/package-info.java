/// GPT-2 and GPT-Neo written down as programs: their configuration, their parameters and how they
/// start; and the files that such models come in.
///
/// Start at [io.tornadogpt.core.model.Model], and at [io.tornadogpt.core.model.StoredModel#open]
/// for a model on disk.
///
/// Sources: Radford et al., "Language Models are Unsupervised Multitask Learners" (2019);
/// Karpathy's nanoGPT for initialization and training.
@NullMarked
package io.tornadogpt.core.model;

import org.jspecify.annotations.NullMarked;
