/// Programs about single kernels, one idea each, on the emulator or on the devices of an installed
/// TornadoVM:
///
/// ```
/// ./gpt kernel OwnKernel
/// ./gpt kernel OneKernel --device tornado
/// ```
@NullMarked
package io.tornadogpt.kernels.examples;

import org.jspecify.annotations.NullMarked;
