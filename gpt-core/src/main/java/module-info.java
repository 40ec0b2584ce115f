/// Tensors, ops, programs, autodiff, model definitions and the interface that backends implement.
module io.tornadogpt.core {
    requires com.fasterxml.jackson.databind;
    requires static org.jspecify;
}
