package io.attar.cli;

import io.attar.evaluation.Origin;
import java.io.File;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/**
 * What makes a number: the command and where it ran.
 *
 * @param command as it was typed; of paths that tell where this machine keeps things only names
 * @param origin commit and machine
 */
record Invocation(String command, Origin origin) {

  /** Of the command under way. */
  static Invocation of(CommandSpec spec) {
    return new Invocation(
        "attar "
            + spec.root().commandLine().getParseResult().originalArgs().stream()
                .map(Invocation::shown)
                .collect(Collectors.joining(" ")),
        Origin.look(checkout()));
  }

  private static String shown(String argument) {
    int value = argument.startsWith("--") ? argument.indexOf('=') + 1 : 0;
    File file = new File(argument.substring(value));
    String shown = argument.substring(0, value) + (file.isAbsolute() ? file.getName() : file);
    return shown.matches("[^\\s'\"\\\\$*?;&|<>(){}\\[\\]#]+")
        ? shown
        : "'" + shown.replace("'", "'\\''") + "'";
  }

  /** The folder of classes that runs, when it is one of a checkout and no jar. */
  private static @Nullable Path checkout() {
    CodeSource source = Invocation.class.getProtectionDomain().getCodeSource();
    if (source == null) {
      return null;
    }
    try {
      URI place = source.getLocation().toURI();
      Path path = "file".equals(place.getScheme()) ? Path.of(place) : null;
      return path != null && Files.isDirectory(path) ? path : null;
    } catch (URISyntaxException e) {
      throw new IllegalStateException(
          String.format(Locale.ROOT, "classes come from a place: %s", source.getLocation()), e);
    }
  }
}
