package io.attar.cli;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/** Checksums by which a run tells whether what lies there is its own. */
final class Fingerprint {
  /** Settings that are younger than results that should be found again, where they do nothing. */
  private static final Set<String> LATER_AND_OFF =
      Set.of("teacher.sharing=none", "teacher.recurrentShare=0.0", "student.codeMetric=rows");

  private Fingerprint() {}

  /**
   * Of what a result follows from: the settings that begin with a prefix, but those that change no
   * result, and what comes before them.
   *
   * @param origin data or teacher, on lines of their own
   */
  static String of(String origin, Configuration configuration, String prefix) {
    StringBuilder text = new StringBuilder(origin).append('\n');
    for (ConfigurationKeys.Key key : ConfigurationKeys.of(configuration)) {
      boolean counts =
          key.name().startsWith(prefix)
              && !key.name().startsWith("prepare.") // the data's identity stands for them
              // A student of codes is the same as before there were other tables.
              && !(key.name().startsWith("table.") && configuration.table().codes())
              // Nor does what came later and is off differ from before it came.
              && !isLaterAndOff(
                  key.name(), String.valueOf(key.value()), configuration.student().codebooks())
              && !List.of("evaluation.threads", "checkpointSeconds").contains(key.name());
      if (counts) {
        text.append(key.name()).append('=').append(key.value()).append('\n');
      }
    }
    return sha256(text.toString().getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Whether a setting is younger than results that should be found again, and does nothing.
   *
   * @param codebooks of the student; a size is heeded where their number is left open
   */
  static boolean isLaterAndOff(String name, String value, int codebooks) {
    return LATER_AND_OFF.contains(name + "=" + value)
        || (name.equals("student.timesSmaller") && codebooks > 0);
  }

  /** The checksum of bytes, in hexadecimal digits. */
  static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
