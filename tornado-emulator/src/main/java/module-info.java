/// The part of TornadoVM's API that the kernels use, executed and checked on the plain JVM.
///
/// The module has the name, the packages and the signatures of TornadoVM 5.2's `tornado.api`, so
/// that class files compiled against it run unchanged on an installed SDK. It contains no code of
/// TornadoVM. A JVM holds one of the two: never put both on a module path.
module tornado.api {
    requires static transitive org.jspecify;

    exports io.tornadogpt.emulator;
    exports uk.ac.manchester.tornado.api;
    exports uk.ac.manchester.tornado.api.annotations;
    exports uk.ac.manchester.tornado.api.common;
    exports uk.ac.manchester.tornado.api.enums;
    exports uk.ac.manchester.tornado.api.exceptions;
    exports uk.ac.manchester.tornado.api.math;
    exports uk.ac.manchester.tornado.api.runtime;
    exports uk.ac.manchester.tornado.api.types;
    exports uk.ac.manchester.tornado.api.types.arrays;
}
