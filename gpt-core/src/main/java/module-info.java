/// Tensors, ops, programs, autodiff, model definitions and the interface that backends implement.
module io.tornadogpt.core {
    requires transitive com.fasterxml.jackson.databind;
    requires transitive io.tornadogpt.gguf;
    requires static transitive org.jspecify;

    exports io.tornadogpt.core.backend;
    exports io.tornadogpt.core.files;
    exports io.tornadogpt.core.model;
    exports io.tornadogpt.core.model.adapter;
    exports io.tornadogpt.core.model.arch;
    exports io.tornadogpt.core.model.family;
    exports io.tornadogpt.core.model.graph;
    exports io.tornadogpt.core.model.objective;
    exports io.tornadogpt.core.op;
    exports io.tornadogpt.core.program;
    exports io.tornadogpt.core.random;
    exports io.tornadogpt.core.tensor;
    exports io.tornadogpt.core.testing;

    uses io.tornadogpt.core.backend.Backend;
    uses io.tornadogpt.core.backend.ReferenceKernel;

    provides io.tornadogpt.core.backend.Backend with
            io.tornadogpt.core.reference.ReferenceBackend;
}
