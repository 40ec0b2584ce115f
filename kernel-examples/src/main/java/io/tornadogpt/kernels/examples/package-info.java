/// Programs about single kernels, one idea each. In a checkout where `./gpt` ran once, on the
/// emulator:
///
/// ```
/// LIBRARY=cli/target/gpt/lib:cli/target/gpt/tornado
/// java --add-exports java.base/jdk.internal.vm=tornado.api
///     --module-path $LIBRARY:cli/target/gpt/emulator:kernel-examples/target/tornadogpt-kernel-examples.jar
///     --module io.tornadogpt.kernels.examples/io.tornadogpt.kernels.examples.OwnKernel
/// ```
///
/// and on the devices of an installed TornadoVM:
///
/// ```
/// java @$TORNADOVM_HOME/tornado-argfile -Dtornado.recover.bailout=False
///     -Dtornado.opencl.compiler.flags=-cl-mad-enable
///     -cp "cli/target/gpt/lib/*:cli/target/gpt/tornado/*:kernel-examples/target/*"
///     io.tornadogpt.kernels.examples.OneKernel
/// ```
@NullMarked
package io.tornadogpt.kernels.examples;

import org.jspecify.annotations.NullMarked;
