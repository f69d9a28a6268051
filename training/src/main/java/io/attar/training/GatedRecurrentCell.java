package io.attar.training;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * A gated recurrent unit (Cho et al., EMNLP 2014), with the reset gate acting on the finished
 * hidden term, as the usual libraries have it:
 *
 * <pre>
 * r = sigmoid(i_r + h_r), z = sigmoid(i_z + h_z), n = tanh(i_n + r h_n), h' = (1 - z) n + z h
 * </pre>
 *
 * where i is a linear layer of the input and h one of the state, each of the three parts r, z, n.
 *
 * @param input (3H, inputs)
 * @param hidden (3H, H)
 */
record GatedRecurrentCell(Layers.Linear input, Layers.Linear hidden) {

  /** Length of a state, H. */
  long size() {
    return hidden.weight().value().size(1);
  }

  /**
   * One step.
   *
   * @param gates (B, 3H) the input's layer, applied
   * @param state (B, H)
   * @return (B, H)
   */
  Tensor step(Tensor gates, Tensor state) {
    long size = size();
    Tensor recurrent = hidden.apply(state);
    Tensor both =
        torch.sigmoid(gates.narrow(-1, 0, 2 * size).add(recurrent.narrow(-1, 0, 2 * size)));
    Tensor reset = both.narrow(-1, 0, size);
    Tensor update = both.narrow(-1, size, size);
    Tensor next =
        torch.tanh(
            gates.narrow(-1, 2 * size, size).add(reset.mul(recurrent.narrow(-1, 2 * size, size))));
    return next.add(update.mul(state.sub(next)));
  }

  /**
   * The states after every click; each session begins with a state of zeros.
   *
   * @param inputs (R, P, inputs)
   * @return (R, P, H)
   */
  Tensor run(Tensor inputs, SessionBatch batch) {
    int rows = batch.rows();
    int width = batch.width();
    long[] places = batch.places();
    Tensor gates = input.apply(inputs); // (R, P, 3H)
    Tensor state = Tensors.zeros(rows, size());
    TensorVector states = new TensorVector();
    for (int t = 0; t < width; t++) {
      float[] goesOn = new float[rows];
      for (int r = 0; r < rows; r++) {
        goesOn[r] = places[r * width + t] > 0 ? 1 : 0;
      }
      state = step(gates.select(1, t), state.mul(Tensors.of(goesOn, rows, 1)));
      states.push_back(state);
    }
    return torch.stack(states, 1);
  }
}
