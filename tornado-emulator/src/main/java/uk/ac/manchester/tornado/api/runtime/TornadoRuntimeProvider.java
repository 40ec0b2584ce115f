package uk.ac.manchester.tornado.api.runtime;

import uk.ac.manchester.tornado.api.TornadoRuntime;

/// Where to ask for the runtime.
public class TornadoRuntimeProvider {

    private static final TornadoRuntime RUNTIME = new EmulatorRuntime();

    /// The runtime.
    public static TornadoRuntime getTornadoRuntime() {
        return RUNTIME;
    }
}
