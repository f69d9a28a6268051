package io.attar.cli;

import com.sun.management.OperatingSystemMXBean;
import io.attar.training.TorchEnvironment;
import io.attar.training.TrainingException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import picocli.CommandLine.Command;

/** {@code attar doctor}. */
@Command(
    name = "doctor",
    description = {
      "Looks at this machine: Java, cores, memory, native library, folders, disk.",
      "",
      "Says what is wrong and how to mend it. Exit code 0 when Attar can work here, 1 when not."
    },
    footer = {"", "Example:", "  attar doctor"})
final class DoctorCommand implements Callable<Integer> {
  private static final int JAVA = 17;
  private static final long MIB = 1 << 20;
  private static final long ENOUGH_HEAP = 900 * MIB;
  private static final long ENOUGH_MEMORY = 4096 * MIB;
  private static final long ENOUGH_DISK = 2048 * MIB;
  private static final long LEAST_DISK = 200 * MIB;

  private final Console console;
  private int wrong;
  private int doubtful;

  DoctorCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    java();
    cores();
    memory();
    nativeLibrary();
    variable("OMP_WAIT_POLICY", "passive");
    variable("OPENBLAS_THREAD_TIMEOUT", "4");
    folder("temporary folder", Path.of(System.getProperty("java.io.tmpdir")), "-Djava.io.tmpdir");
    cacheFolder();
    folder("this folder", Path.of("").toAbsolutePath(), "");
    console.result("");
    if (wrong > 0) {
      console.result(
          "%d wrong, %d doubtful: mend what is wrong, then run this again", wrong, doubtful);
      return ErrorMessages.FAILED;
    }
    console.result(
        doubtful > 0
            ? "Attar can work here; what is doubtful makes it slower or smaller."
            : "Attar can work here.");
    console.result("Next: attar quickstart   or   attar build CLICKS --out FILE");
    return 0;
  }

  private void java() {
    int feature = Runtime.version().feature();
    String found = Runtime.version() + " (" + System.getProperty("java.vendor") + ")";
    if (feature >= JAVA) {
      fine("Java", found);
    } else {
      wrong("Java", found, "install JDK " + JAVA + " or later and set JAVA_HOME to it");
    }
  }

  private void cores() {
    int cores = Runtime.getRuntime().availableProcessors();
    if (cores > 1) {
      fine("cores", Integer.toString(cores));
    } else {
      doubtful("cores", "1", "training takes about twice as long as the times stated for 2");
    }
  }

  private void memory() {
    long heap = Runtime.getRuntime().maxMemory();
    if (heap >= ENOUGH_HEAP) {
      fine("Java's heap", gigabytes(heap) + " at most");
    } else {
      doubtful("Java's heap", gigabytes(heap) + " at most", "set ATTAR_JAVA_OPTIONS=-Xmx2g");
    }
    if (ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system) {
      long total = system.getTotalMemorySize();
      String found =
          gigabytes(total) + ", " + gigabytes(system.getFreeMemorySize()) + " of it free";
      if (total >= ENOUGH_MEMORY) {
        fine("memory", found);
      } else {
        doubtful(
            "memory",
            found,
            "a shop of 40,000 items needs some 4 GiB; for fewer, lower teacher.dimension");
      }
    }
  }

  /** Loads the library and multiplies two matrices of which the result is known. */
  private void nativeLibrary() {
    try {
      TorchEnvironment.prepare();
      double sum;
      try (Tensor left = torch.ones(64, 32);
          Tensor right = torch.ones(32, 16);
          Tensor product = left.mm(right);
          Tensor total = product.sum();
          Scalar scalar = total.item()) {
        sum = scalar.toDouble();
      }
      if (sum == 64.0 * 32 * 16) {
        fine("native library", "LibTorch " + TorchEnvironment.version() + " multiplies matrices");
      } else {
        wrong(
            "native library",
            "the product of two matrices sums to " + sum + " and not to 32768",
            "another LibTorch or OpenBLAS seems to be loaded: unset LD_LIBRARY_PATH and LD_PRELOAD");
      }
    } catch (TrainingException | LinkageError e) {
      wrong(
          "native library",
          String.valueOf(e.getMessage()),
          "Linux (x86_64, arm64), macOS (arm64) and Windows (x86_64) have one; the system needs"
              + " glibc 2.28 or later, and the cache folder below must be writable");
    }
  }

  private void variable(String name, String recommended) {
    String value = System.getenv(name);
    if (value != null) {
      fine(name, value);
    } else {
      doubtful(
          name,
          "not set",
          "start Attar by its script `attar`, or set "
              + name
              + "="
              + recommended
              + ": two thread pools otherwise wait for each other");
    }
  }

  private void cacheFolder() {
    try {
      folder(
          "library cache",
          Loader.getCacheDir().toPath().toAbsolutePath(),
          "-Dorg.bytedeco.javacpp.cachedir");
    } catch (IOException | LinkageError e) {
      wrong(
          "library cache",
          String.valueOf(e.getMessage()),
          "name a folder with ATTAR_JAVA_OPTIONS=-Dorg.bytedeco.javacpp.cachedir=FOLDER");
    }
  }

  private void folder(String name, Path folder, String property) {
    String other =
        property.isEmpty()
            ? "go to another folder"
            : "name another with ATTAR_JAVA_OPTIONS=" + property + "=FOLDER";
    try {
      Path file = Files.createTempFile(folder, "attar-doctor", ".tmp");
      Files.delete(file);
      long free = Files.getFileStore(folder).getUsableSpace();
      String found = folder + ", " + gigabytes(free) + " free";
      if (free < LEAST_DISK) {
        wrong(name, found, "make room on that disk, or " + other);
      } else if (free < ENOUGH_DISK) {
        doubtful(name, found, "large logs need about twice their size: make room, or " + other);
      } else {
        fine(name, found);
      }
    } catch (IOException e) {
      wrong(
          name,
          folder + " cannot be written to (" + Outputs.reason(e) + ")",
          "change its permissions, or " + other);
    }
  }

  private static String gigabytes(long bytes) {
    return String.format(Locale.ROOT, "%.1f GiB", bytes / (1024.0 * MIB));
  }

  private void fine(String name, String found) {
    console.result("fine      %s: %s", name, found);
  }

  private void doubtful(String name, String found, String remedy) {
    doubtful++;
    console.result("doubtful  %s: %s; %s", name, found, remedy);
  }

  private void wrong(String name, String found, String remedy) {
    wrong++;
    console.result("WRONG     %s: %s; %s", name, found, remedy);
  }
}
