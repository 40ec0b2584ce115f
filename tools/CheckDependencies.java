import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Compares the jars that a module is built and tested with against a list of their checksums and
/// licences, and fails where one is not on the list, is another file, or has a licence that this
/// project cannot be given away with.
///
/// Single-file program, run by Maven: the list, the local repository, and a class path or nothing.
/// Without a class path all jars of the list are looked up in the repository. A line of the list is
/// `SHA-256 LICENCE GROUP:ARTIFACT:VERSION`. A jar that is missing in it is printed as the line to
/// add, for a person who has looked at where it comes from.
void main(String[] args) throws IOException {
    Path list = Path.of(args[0]);
    Path repository = Path.of(args[1]).toRealPath();
    Map<String, String[]> known = new LinkedHashMap<>();
    for (String line : Files.readAllLines(list)) {
        if (!line.isBlank() && !line.startsWith("#")) {
            String[] words = line.split(" +");
            known.put(words[2], words);
        }
    }
    var problems = new TreeSet<String>();
    List<Path> jars = args.length > 2 ? onPath(args[2], repository) : listed(known, repository);
    for (Path jar : jars) {
        check(jar, repository, known, problems);
    }
    known.values().stream()
            .filter(words -> !ALLOWED.contains(words[1]))
            .forEach(words -> problems.add(words[2] + " has the licence " + words[1]));
    if (!problems.isEmpty()) {
        System.err.println("Dependencies are not those of " + list + ":");
        problems.forEach(problem -> System.err.println("  " + problem));
        System.exit(1);
    }
}

/// SPDX names of licences under which a library may be used here, or a tool for tests.
static final List<String> ALLOWED =
        List.of(
                "Apache-2.0",
                "BSD-2-Clause",
                "BSD-3-Clause",
                "EPL-2.0",
                "GPL-2.0-with-classpath-exception",
                "MIT");

/// How projects call these licences in their POMs.
static final List<Map.Entry<Pattern, String>> NAMES =
        List.of(
                Map.entry(Pattern.compile("(?i).*apache.*2.*"), "Apache-2.0"),
                Map.entry(
                        Pattern.compile("(?i).*(GPL|General Public).*(CPE|classpath).*"),
                        "GPL-2.0-with-classpath-exception"),
                Map.entry(Pattern.compile("(?i).*eclipse public.*2.*|EPL.?2.0"), "EPL-2.0"),
                Map.entry(Pattern.compile("(?i).*BSD.*2.*"), "BSD-2-Clause"),
                Map.entry(Pattern.compile("(?i).*BSD.*"), "BSD-3-Clause"),
                Map.entry(Pattern.compile("(?i).*MIT.*"), "MIT"));

List<Path> onPath(String classPath, Path repository) throws IOException {
    var jars = new ArrayList<Path>();
    for (String entry : classPath.split(System.getProperty("path.separator"))) {
        Path path = Path.of(entry);
        if (entry.endsWith(".jar") && Files.exists(path)) {
            Path real = path.toRealPath();
            if (real.startsWith(repository) && !real.toString().contains("tornadogpt")) {
                jars.add(real);
            }
        }
    }
    return jars;
}

List<Path> listed(Map<String, String[]> known, Path repository) {
    var jars = new ArrayList<Path>();
    for (String name : known.keySet()) {
        String[] parts = name.split(":");
        Path jar =
                repository
                        .resolve(parts[0].replace('.', '/'))
                        .resolve(parts[1])
                        .resolve(parts[2])
                        .resolve(parts[1] + "-" + parts[2] + ".jar");
        if (Files.exists(jar)) {
            jars.add(jar);
        }
    }
    return jars;
}

void check(Path jar, Path repository, Map<String, String[]> known, TreeSet<String> problems)
        throws IOException {
    Path version = jar.getParent();
    Path artifact = version.getParent();
    String group =
            repository.relativize(artifact.getParent()).toString().replaceAll("[/\\\\]", ".");
    String name = group + ":" + artifact.getFileName() + ":" + version.getFileName();
    String sum = sha256(jar);
    Path pom = version.resolve(artifact.getFileName() + "-" + version.getFileName() + ".pom");
    String licence = licence(pom, repository).orElse("unknown");
    String[] words = known.get(name);
    if (words == null) {
        problems.add("not listed: " + sum + " " + licence + " " + name);
    } else if (!words[0].equals(sum)) {
        problems.add(name + " has the SHA-256 " + sum + ", not " + words[0]);
    } else if (!words[1].equals(licence) && !licence.equals("unknown")) {
        problems.add(name + " says that its licence is " + licence + ", not " + words[1]);
    }
}

String sha256(Path file) throws IOException {
    try {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        return HexFormat.of().formatHex(digest.digest(Files.readAllBytes(file)));
    } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException(e);
    }
}

/// The licence in a POM, or in those that it inherits from. Of several the first that is allowed.
Optional<String> licence(Path pom, Path repository) throws IOException {
    for (Path at = pom; at != null && Files.exists(at); ) {
        String text = Files.readString(at);
        var found = new ArrayList<String>();
        Matcher names = Pattern.compile("(?s)<license>.*?<name>(.*?)</name>").matcher(text);
        while (names.find()) {
            String name = names.group(1).strip();
            NAMES.stream()
                    .filter(entry -> entry.getKey().matcher(name).matches())
                    .findFirst()
                    .ifPresent(entry -> found.add(entry.getValue()));
        }
        if (!found.isEmpty()) {
            return Optional.of(found.getFirst());
        }
        at = parent(text, repository);
    }
    return Optional.empty();
}

Path parent(String pom, Path repository) {
    Matcher parent = Pattern.compile("(?s)<parent>(.*?)</parent>").matcher(pom);
    if (!parent.find()) {
        return null;
    }
    String group = tag(parent.group(1), "groupId");
    String artifact = tag(parent.group(1), "artifactId");
    String version = tag(parent.group(1), "version");
    return repository
            .resolve(group.replace('.', '/'))
            .resolve(artifact)
            .resolve(version)
            .resolve(artifact + "-" + version + ".pom");
}

String tag(String xml, String name) {
    Matcher tag = Pattern.compile("<" + name + ">(.*?)</" + name + ">").matcher(xml);
    return tag.find() ? tag.group(1).strip() : "";
}
