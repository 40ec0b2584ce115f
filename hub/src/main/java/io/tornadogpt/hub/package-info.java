/// Models of a Hugging Face hub: [Hub] fetches the files of one into the [HubCache], which
/// `huggingface_hub` shares.
@NullMarked
package io.tornadogpt.hub;

import org.jspecify.annotations.NullMarked;
