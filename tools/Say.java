/// Prints its arguments: a sentence for those who read the build's output.
///
/// Single-file program, run by Maven.
void main(String[] words) {
    IO.println(String.join(" ", words));
}
