package io.attar.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * SHA-256 over what a data set holds, in one canonical order: a version word, the minimum prefix
 * length, the catalogue size, the item ids by index, then training, validation and test, session by
 * session. Numbers are 32-bit little-endian, ids UTF-8 with their length before them. The name of
 * the data set is not part of it.
 */
final class DatasetIdentity {
  private static final String VERSION = "attar-dataset-1";

  private final MessageDigest digest;
  private final ByteBuffer buffer = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);

  private DatasetIdentity() {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform must have SHA-256; this one has not", e);
    }
  }

  static String of(
      Items items,
      int catalogueSize,
      Sessions training,
      Sessions validation,
      Sessions test,
      int minimumPrefixLength) {
    DatasetIdentity identity = new DatasetIdentity();
    identity.add(VERSION);
    identity.add(minimumPrefixLength);
    identity.add(catalogueSize);
    identity.add(items.size());
    for (String id : items.ids()) {
      identity.add(id);
    }
    identity.add(training);
    identity.add(validation);
    identity.add(test);
    identity.flush();
    return HexFormat.of().formatHex(identity.digest.digest());
  }

  private void add(Sessions sessions) {
    add(sessions.count());
    for (int s = 0; s < sessions.count(); s++) {
      add(sessions.length(s));
      for (int p = sessions.start(s); p < sessions.end(s); p++) {
        add(sessions.item(p));
      }
    }
  }

  private void add(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    add(bytes.length);
    flush();
    digest.update(bytes);
  }

  private void add(int number) {
    if (buffer.remaining() < Integer.BYTES) {
      flush();
    }
    buffer.putInt(number);
  }

  private void flush() {
    digest.update(buffer.flip());
    buffer.clear();
  }
}
