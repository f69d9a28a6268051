package io.attar.runtime;

import java.util.Random;

/**
 * A tensor of a test model, kept as the numbers the file stores, so that a reference computes with
 * exactly what the runtime is given.
 */
final class Matrix {
  private final Type type;
  private final int rows;
  private final int columns;
  private final float[] singles; // the numbers, or the row scales of int8 and int4
  private final short[] halves;
  private final byte[] bytes;

  private Matrix(Type type, int rows, int columns, float[] singles, short[] halves, byte[] bytes) {
    this.type = type;
    this.rows = rows;
    this.columns = columns;
    this.singles = singles;
    this.halves = halves;
    this.bytes = bytes;
  }

  /** How a tensor is stored. */
  enum Type {
    F32(1),
    F16(2),
    INT8(3),
    INT4(4);

    final int code;

    Type(int code) {
      this.code = code;
    }
  }

  /** A matrix of the given numbers, as singles. */
  static Matrix of(int rows, int columns, double... values) {
    float[] singles = new float[rows * columns];
    for (int i = 0; i < singles.length; i++) {
      singles[i] = (float) values[i];
    }
    return new Matrix(Type.F32, rows, columns, singles, new short[0], new byte[0]);
  }

  /** Uniform numbers of about -magnitude to magnitude. */
  static Matrix random(Random random, Type type, int rows, int columns, double magnitude) {
    int numbers = rows * columns;
    switch (type) {
      case F32 -> {
        double[] values = new double[numbers];
        for (int i = 0; i < numbers; i++) {
          values[i] = magnitude * (2 * random.nextDouble() - 1);
        }
        return of(rows, columns, values);
      }
      case F16 -> {
        short[] halves = new short[numbers];
        for (int i = 0; i < numbers; i++) {
          // Truncated to 11 significant bits; magnitudes stay far from both ends of the range.
          double value = magnitude * (2 * random.nextDouble() - 1);
          halves[i] = (short) halfBelow(value);
        }
        return new Matrix(type, rows, columns, new float[0], halves, new byte[0]);
      }
      case INT8 -> {
        float[] scales = new float[rows];
        for (int i = 0; i < rows; i++) {
          scales[i] = (float) (magnitude / 127 * (0.5 + random.nextDouble()));
        }
        byte[] bytes = new byte[numbers];
        random.nextBytes(bytes);
        return new Matrix(type, rows, columns, scales, new short[0], bytes);
      }
      case INT4 -> {
        float[] scales = new float[rows];
        for (int i = 0; i < rows; i++) {
          scales[i] = (float) (magnitude / 7 * (0.5 + random.nextDouble()));
        }
        byte[] pairs = new byte[(numbers + 1) / 2];
        random.nextBytes(pairs);
        if (numbers % 2 == 1) {
          pairs[pairs.length - 1] &= 0xF;
        }
        return new Matrix(type, rows, columns, scales, new short[0], pairs);
      }
    }
    throw new AssertionError(type);
  }

  Type type() {
    return type;
  }

  int rows() {
    return rows;
  }

  int columns() {
    return columns;
  }

  float[] singles() {
    return singles;
  }

  short[] halves() {
    return halves;
  }

  byte[] bytes() {
    return bytes;
  }

  /** The number a reader must see, in double precision. */
  double value(int row, int column) {
    int i = row * columns + column;
    return switch (type) {
      case F32 -> singles[i];
      case F16 -> half(halves[i] & 0xFFFF);
      case INT8 -> (double) singles[row] * bytes[i];
      case INT4 -> {
        int half = bytes[i / 2] >> (i % 2 == 0 ? 0 : 4) & 0xF;
        yield (double) singles[row] * (half < 8 ? half : half - 16);
      }
    };
  }

  double[] row(int row) {
    double[] values = new double[columns];
    for (int c = 0; c < columns; c++) {
      values[c] = value(row, c);
    }
    return values;
  }

  /** IEEE 754 binary16 from its definition. */
  static double half(int bits) {
    int exponent = bits >> 10 & 31;
    int fraction = bits & 1023;
    double magnitude =
        exponent == 0
            ? Math.scalb((double) fraction, -24)
            : Math.scalb(1024.0 + fraction, exponent - 25);
    return (bits & 0x8000) == 0 ? magnitude : -magnitude;
  }

  /** The half float next to a number towards zero; too small a number becomes zero. */
  private static int halfBelow(double value) {
    int sign = value < 0 ? 0x8000 : 0;
    double magnitude = Math.abs(value);
    int exponent = magnitude == 0 ? -15 : Math.getExponent(magnitude);
    if (exponent < -14) {
      return sign;
    }
    int fraction = (int) (Math.scalb(magnitude, 10 - exponent) - 1024);
    return sign | (exponent + 15) << 10 | fraction;
  }
}
