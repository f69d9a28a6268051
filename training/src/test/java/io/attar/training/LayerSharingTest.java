package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Kernels that several convolutions share. */
class LayerSharingTest {
  private static final int N = Toys.DIMENSION;
  private static final int DEPTH = 3;
  private static final long SEED = 9;

  private static NextItNetEncoder encoder(LayerSharing sharing, int depth) {
    return new NextItNetEncoder(N, depth, sharing, SEED);
  }

  /** The paper's table: kernels at three, four and five blocks. */
  @ParameterizedTest
  @CsvSource({
    "none, 6, 8, 10",
    "cross-layer, 1, 1, 1",
    "cross-block, 2, 2, 2",
    "adjacent-layer, 3, 4, 5",
    "adjacent-block, 4, 4, 6"
  })
  void numbersAreThoseOfTheKernelsAndOfEveryNorm(String title, int three, int four, int five) {
    int[] kernels = {three, four, five};
    for (int depth = 3; depth <= 5; depth++) {
      long convolved = 0;
      long normed = 0;
      for (Parameter parameter : encoder(LayerSharing.titled(title), depth).parameters()) {
        if (parameter.name().endsWith(".norm")) {
          normed += parameter.value().numel();
        } else {
          convolved += parameter.value().numel();
        }
      }
      assertThat(convolved).isEqualTo(kernels[depth - 3] * (3L * N * N + N));
      assertThat(normed).as("norms are never shared").isEqualTo(4L * N * depth);
    }
  }

  /** Of widths that are the paper's: 512 numbers, three taps. */
  @Test
  void oneKernelOfTheAuthorsWidth() {
    long numbers = 0;
    for (Parameter parameter :
        new NextItNetEncoder(512, 4, LayerSharing.CROSS_LAYER, SEED).parameters()) {
      numbers += parameter.name().endsWith(".norm") ? 0 : parameter.value().numel();
    }
    assertThat(numbers).isEqualTo(786_944);
  }

  /** What is drawn, and in which order, is what was drawn before anything could be shared. */
  @Test
  void withoutSharingTheStartIsAsItWas() {
    Layers layers = new Layers(SEED);
    for (int b = 0; b < DEPTH; b++) {
      for (int half = 1; half <= 2; half++) {
        String name = "block" + b + ".convolution" + half;
        for (int tap = 0; tap < 3; tap++) {
          layers.gaussian(name + ".tap" + tap, N, N, 0.02);
        }
        layers.zeros(name + ".bias", N);
        layers.norm(name + ".norm", N, 1e-8);
      }
    }
    List<Parameter> expected = layers.parameters();
    List<Parameter> actual = encoder(LayerSharing.NONE, DEPTH).parameters();
    assertThat(actual).extracting(Parameter::name).isEqualTo(names(expected));
    for (int i = 0; i < expected.size(); i++) {
      assertThat(Tensors.floats(actual.get(i).value()))
          .as(expected.get(i).name())
          .isEqualTo(Tensors.floats(expected.get(i).value()));
    }
  }

  private static List<String> names(List<Parameter> parameters) {
    return parameters.stream().map(Parameter::name).toList();
  }

  /** Beside an encoder that shares nothing and holds a copy of the kernel at every place. */
  @ParameterizedTest
  @EnumSource(LayerSharing.class)
  void aSharedKernelsGradientIsTheSumOfItsPlaces(LayerSharing sharing) {
    SplittableRandom random = new SplittableRandom(SEED);
    NextItNetEncoder shared = encoder(sharing, DEPTH);
    Toys.shake(shared.parameters(), random, 0.3);
    NextItNetEncoder apart = encoder(LayerSharing.NONE, DEPTH);
    Map<String, Parameter> sources = new HashMap<>();
    shared.parameters().forEach(each -> sources.put(each.name(), each));
    Map<String, String> sourceOf = new LinkedHashMap<>(); // by the name of the copy
    for (int b = 0; b < DEPTH; b++) {
      for (int half = 0; half < 2; half++) {
        String place = "block" + b + ".convolution" + (half + 1);
        String first = first(sharing, sharing.kernel(b, half));
        for (String part : List.of(".tap0", ".tap1", ".tap2", ".bias")) {
          sourceOf.put(place + part, first + part);
        }
        sourceOf.put(place + ".norm", place + ".norm");
      }
    }
    assertThat(sourceOf.values()).containsAll(sources.keySet());
    for (Parameter copy : apart.parameters()) {
      Tensors.assign(copy.value(), Tensors.floats(found(sources, sourceOf, copy.name()).value()));
    }

    SessionBatch batch = Toys.batch(Toys.random(random, 20, 4, 12), 1, 48);
    int slots = batch.rows() * batch.width();
    Tensor inputs =
        Tensors.of(Toys.gaussians(random, slots * N, 1), batch.rows(), batch.width(), N);
    float[] weights = new float[slots * N];
    for (int position : batch.positions()) {
      for (int d = 0; d < N; d++) {
        weights[position * N + d] = (float) Randoms.gaussian(random);
      }
    }
    Tensor direction = Tensors.of(weights, batch.rows(), batch.width(), N);
    Tensor one = shared.encode(inputs, batch).mul(direction).sum();
    Tensor other = apart.encode(inputs, batch).mul(direction).sum();
    assertThat(one.item_double()).isEqualTo(other.item_double());
    one.backward();
    other.backward();

    Map<String, float[]> sums = new HashMap<>();
    for (Parameter copy : apart.parameters()) {
      float[] gradient = gradient(copy);
      float[] sum =
          sums.computeIfAbsent(
              found(sources, sourceOf, copy.name()).name(), name -> new float[gradient.length]);
      for (int i = 0; i < sum.length; i++) {
        sum[i] += gradient[i];
      }
    }
    for (Parameter source : shared.parameters()) {
      assertThat(gradient(source))
          .as(source.name())
          .containsExactly(sums.getOrDefault(source.name(), new float[0]), within(1e-3f));
    }
  }

  /** The name of the first place whose kernel has a number. */
  private static String first(LayerSharing sharing, int number) {
    for (int b = 0; b < DEPTH; b++) {
      for (int half = 0; half < 2; half++) {
        if (sharing.kernel(b, half) == number) {
          return "block" + b + ".convolution" + (half + 1);
        }
      }
    }
    throw new AssertionError("no place has kernel " + number);
  }

  private static Parameter found(
      Map<String, Parameter> sources, Map<String, String> sourceOf, String copy) {
    String name = sourceOf.getOrDefault(copy, "none for " + copy);
    Parameter source = sources.get(name);
    if (source == null) {
      throw new AssertionError("no parameter " + name);
    }
    return source;
  }

  private static float[] gradient(Parameter parameter) {
    Tensor gradient = parameter.gradient();
    if (gradient == null) {
      throw new AssertionError("no gradient of " + parameter.name());
    }
    return Tensors.floats(gradient);
  }
}
