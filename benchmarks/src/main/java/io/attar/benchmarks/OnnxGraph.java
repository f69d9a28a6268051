package io.attar.benchmarks;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Builds an ONNX model, operator set 17, and writes it: the few messages of {@code onnx.proto} that
 * it takes (ModelProto, GraphProto, NodeProto, AttributeProto, TensorProto, ValueInfoProto), field
 * by field in protocol buffers' wire format.
 */
final class OnnxGraph {
  /** {@code TensorProto.DataType}. */
  enum Type {
    FLOAT(1),
    INT32(6),
    INT64(7);

    private final int code;

    Type(int code) {
      this.code = code;
    }
  }

  private static final int IR_VERSION = 8;
  private static final int OPERATOR_SET = 17;
  private static final int ATTRIBUTE_FLOAT = 1;
  private static final int ATTRIBUTE_INT = 2;
  private static final int ATTRIBUTE_INTS = 7;

  private final Message graph = new Message();
  private int made;

  /** Declares an input; a dimension of -1 is free and takes the input's name. */
  String input(String name, Type type, long... shape) {
    graph.message(11, value(name, type, shape));
    return name;
  }

  /** Declares an output under the name of the value that it is. */
  void output(String name, Type type, long... shape) {
    graph.message(12, value(name, type, shape));
  }

  /** Adds a constant of 32-bit floats; returns its name. */
  String floats(String name, float[] values, long... shape) {
    ByteBuffer raw = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    raw.asFloatBuffer().put(values);
    return constant(name, Type.FLOAT, raw.array(), shape);
  }

  /** Adds a constant of 32-bit integers; returns its name. */
  String integers(String name, int[] values, long... shape) {
    ByteBuffer raw = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    raw.asIntBuffer().put(values);
    return constant(name, Type.INT32, raw.array(), shape);
  }

  /** Adds a constant row of 64-bit integers; returns its name. */
  String longs(String name, long... values) {
    ByteBuffer raw = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    raw.asLongBuffer().put(values);
    return constant(name, Type.INT64, raw.array(), values.length);
  }

  private String constant(String name, Type type, byte[] raw, long... shape) {
    Message tensor = new Message();
    for (long size : shape) {
      tensor.number(1, size);
    }
    graph.message(5, tensor.number(2, type.code).text(8, name).bytes(9, raw));
    return name;
  }

  /** Starts an operator; its result gets a name of its own unless it is given some. */
  Node node(String operator, String... inputs) {
    return new Node(operator, List.of(inputs));
  }

  /** An operator of one result and no attribute; returns the result's name. */
  String apply(String operator, String... inputs) {
    return node(operator, inputs).add();
  }

  /** The model's bytes. */
  byte[] bytes() {
    Message whole = new Message();
    whole.number(1, IR_VERSION).text(2, "attar-benchmarks");
    whole.message(7, new Message().append(graph).text(2, "student"));
    whole.message(8, new Message().text(1, "").number(2, OPERATOR_SET));
    return whole.toBytes();
  }

  private static Message value(String name, Type type, long... shape) {
    Message dimensions = new Message();
    for (long size : shape) {
      Message dimension = new Message();
      dimensions.message(1, size < 0 ? dimension.text(2, name) : dimension.number(1, size));
    }
    Message tensor = new Message().number(1, type.code).message(2, dimensions);
    return new Message().text(1, name).message(2, new Message().message(1, tensor));
  }

  /** An operator being put together. */
  final class Node {
    private final Message message = new Message();
    private final String operator;

    private Node(String operator, List<String> inputs) {
      this.operator = operator;
      for (String input : inputs) {
        message.text(1, input);
      }
    }

    Node with(String attribute, float value) {
      return attribute(attribute, new Message().single(2, value), ATTRIBUTE_FLOAT);
    }

    Node with(String attribute, int value) {
      return attribute(attribute, new Message().number(3, value), ATTRIBUTE_INT);
    }

    Node with(String attribute, int... values) {
      Message list = new Message();
      Arrays.stream(values).forEach(value -> list.number(8, value));
      return attribute(attribute, list, ATTRIBUTE_INTS);
    }

    private Node attribute(String name, Message value, int type) {
      message.message(5, new Message().text(1, name).append(value).number(20, type));
      return this;
    }

    /** Puts the operator into the graph; returns the name of its one result. */
    String add() {
      String result = "value" + made++;
      addAs(result);
      return result;
    }

    /** Puts the operator into the graph under names for its results. */
    void addAs(String... results) {
      for (String result : results) {
        message.text(2, result);
      }
      message.text(3, "node" + made++).text(4, operator);
      graph.message(1, message);
    }
  }

  /** A protocol buffers message: fields, one after another. */
  private static final class Message {
    private static final int VARINT = 0;
    private static final int LENGTH_DELIMITED = 2;
    private static final int FIXED32 = 5;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    byte[] toBytes() {
      return out.toByteArray();
    }

    Message number(int field, long value) {
      varint((long) field << 3 | VARINT);
      varint(value);
      return this;
    }

    Message single(int field, float value) {
      varint((long) field << 3 | FIXED32);
      int bits = Float.floatToIntBits(value);
      for (int shift = 0; shift < 32; shift += 8) {
        out.write(bits >>> shift);
      }
      return this;
    }

    Message text(int field, String value) {
      return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    Message bytes(int field, byte[] value) {
      varint((long) field << 3 | LENGTH_DELIMITED);
      varint(value.length);
      out.writeBytes(value);
      return this;
    }

    Message message(int field, Message value) {
      return bytes(field, value.toBytes());
    }

    /** Adds another message's fields to these. */
    Message append(Message other) {
      out.writeBytes(other.toBytes());
      return this;
    }

    private void varint(long value) {
      long rest = value;
      for (; rest >>> 7 != 0; rest >>>= 7) {
        out.write((int) (rest & 0x7F) | 0x80);
      }
      out.write((int) rest);
    }
  }
}
