/// GPT-2 written down as programs: its configuration, its parameters and how they start.
///
/// Sources: Radford et al., "Language Models are Unsupervised Multitask Learners" (2019);
/// Karpathy's nanoGPT for initialization and training.
@NullMarked
package io.tornadogpt.core.model;

import org.jspecify.annotations.NullMarked;
