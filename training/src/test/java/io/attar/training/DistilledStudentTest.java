package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;

import io.attar.data.Sessions;
import io.attar.runtime.ModelFileException;
import io.attar.runtime.Recommender;
import io.attar.runtime.Session;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A student must score from its own bytes: nothing of the teacher is in reach. */
class DistilledStudentTest {
  private static final long SEED = 20_261_121L;
  private static final int ITEMS = 30;

  /** Memory of a tensor's numbers. */
  private record Span(long from, long to) {
    static Span of(Tensor tensor) {
      long from = tensor.data_ptr().address();
      return new Span(from, from + tensor.numel() * tensor.element_size());
    }

    boolean overlaps(Span other) {
      return from < other.to && other.from < to;
    }
  }

  /** Every tensor that can be reached from an object through fields, arrays and collections. */
  private static List<Tensor> reachableTensors(Object root) throws IllegalAccessException {
    Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    Deque<Object> open = new ArrayDeque<>(List.of(root));
    List<Tensor> tensors = new ArrayList<>();
    while (!open.isEmpty()) {
      Object object = open.pop();
      // Workers wait between steps and keep nothing.
      if (!seen.add(object) || object instanceof Workers) {
        continue;
      }
      if (object instanceof Tensor tensor) {
        tensors.add(tensor);
      } else if (object instanceof Iterable<?> many) {
        many.forEach(open::push);
      } else if (object instanceof Map<?, ?> map) {
        map.values().forEach(open::push);
      } else if (object.getClass().isArray()) {
        for (int i = 0;
            !object.getClass().getComponentType().isPrimitive() && i < Array.getLength(object);
            i++) {
          Object element = Array.get(object, i);
          if (element != null) {
            open.push(element);
          }
        }
      } else if (object.getClass().getName().startsWith("io.attar")) {
        for (Class<?> type = object.getClass(); type != null; type = type.getSuperclass()) {
          for (Field field : type.getDeclaredFields()) {
            if (!Modifier.isStatic(field.getModifiers()) && !field.getType().isPrimitive()) {
              field.setAccessible(true);
              Object value = field.get(object);
              if (value != null) {
                open.push(value);
              }
            }
          }
        }
      } else {
        // Strings and boxed numbers; anything else could hide a tensor.
        assertThat(object).isInstanceOfAny(String.class, Number.class, Boolean.class);
        assertThat(object).isNotInstanceOf(Pointer.class);
      }
    }
    return tensors;
  }

  private static SessionEncoder encoder(boolean attention) {
    return attention ? Toys.selfAttention(2, 0.1, SEED) : new WeightedMeanEncoder(Toys.WINDOW, 10);
  }

  @ParameterizedTest
  @CsvSource({"true, false", "false, false", "true, true", "false, true"})
  void theScoringPathCannotReachTheTeacher(boolean attention, boolean mixing)
      throws IllegalAccessException, ModelFileException {
    SplittableRandom random = new SplittableRandom(SEED);
    SessionModel teacher = Toys.model(encoder(attention), Toys.denseTable(random, ITEMS));
    Toys.shake(teacher.encoder().parameters(), random, 0.2);
    SessionModel student = Toys.model(encoder(attention), Toys.codeTable(random, ITEMS, 3, 8));
    student.copyAllButTable(teacher);
    int[] counts = new int[ITEMS];
    Arrays.fill(counts, 1);
    Fitting fitting =
        new Fitting(
            mixing ? student.over(new MixedItemTable(student.table(), teacher, 0.5)) : student,
            teacher,
            null,
            0,
            new CandidateSampler(counts, 0),
            0.1,
            1,
            SEED);
    Sessions sessions = Toys.random(random, ITEMS, 20, 9);
    SessionBatch batch = Toys.batch(sessions, 4, 64);
    for (int step = 0; step < 3; step++) {
      assertThat(fitting.step(batch, 1e-2).divergence()).isGreaterThan(0);
    }

    List<Tensor> own = reachableTensors(student);
    List<Tensor> teachers = reachableTensors(teacher);
    assertThat(own.size()).isGreaterThanOrEqualTo(3 * student.parameters().size());
    assertThat(teachers.size()).isGreaterThanOrEqualTo(3 * teacher.parameters().size());
    for (Tensor mine : own) {
      for (Tensor theirs : teachers) {
        assertThat(Span.of(mine).overlaps(Span.of(theirs))).isFalse();
      }
    }
    // The walk itself must be able to find a teacher: the fitting holds one.
    Span table = Span.of(teacher.table().allRows());
    assertThat(reachableTensors(fitting)).anyMatch(tensor -> Span.of(tensor).overlaps(table));

    float[] before = scores(student, batch);
    byte[] fileBefore = file(student);
    for (Parameter parameter : teacher.parameters()) {
      float[] values = new float[(int) parameter.value().numel()];
      Arrays.fill(values, Float.NaN);
      Tensors.assign(parameter.value(), values);
    }
    assertThat(scores(student, batch)).isEqualTo(before).doesNotContain(Float.NaN);
    byte[] fileAfter = file(student);
    assertThat(fileAfter).isEqualTo(fileBefore);
    assertThat(runtimeScores(fileAfter)).isEqualTo(runtimeScores(fileBefore));
    assertThat(runtimeScores(fileAfter)).doesNotContain(Float.NaN);
  }

  private static float[] scores(SessionModel model, SessionBatch batch) {
    Tensor rows = model.allUsedRows();
    return Tensors.floats(model.sessionVectors(batch, rows).matmul(rows.t()));
  }

  private static byte[] file(SessionModel student) {
    float[] zeros = new float[Toys.WINDOW];
    return ModelFileWriter.write(
        student,
        Toys.calibrated(1, new RepeatHead(1, student.repeatBonus(), zeros, zeros, zeros, zeros)),
        Toys.WINDOW,
        Toys.numberedIds(ITEMS),
        new int[] {0},
        "{}");
  }

  private static float[] runtimeScores(byte[] file) throws ModelFileException {
    Recommender recommender = Recommender.open(file);
    Session visit = recommender.newSession();
    for (int click : new int[] {3, 9, 3, 17}) {
      visit.clickIndex(click);
    }
    float[] scores = new float[ITEMS];
    visit.scores(scores);
    return scores;
  }
}
