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
    // Chunks, not slices: the gradient of a slice is a whole of zeros around it, each time.
    TensorVector given = torch.chunk(gates, 3, -1);
    TensorVector recurrent = torch.chunk(hidden.apply(state), 3, -1);
    Tensor reset = torch.sigmoid(given.get(0).add(recurrent.get(0)));
    Tensor update = torch.sigmoid(given.get(1).add(recurrent.get(1)));
    Tensor next = torch.tanh(given.get(2).add(reset.mul(recurrent.get(2))));
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
    TensorVector gates = torch.unbind(input.apply(inputs), 1); // (P) of (R, 3H)
    Tensor state = Tensors.zeros(rows, size());
    TensorVector states = new TensorVector();
    for (int t = 0; t < width; t++) {
      float[] goesOn = new float[rows];
      for (int r = 0; r < rows; r++) {
        goesOn[r] = places[r * width + t] > 0 ? 1 : 0;
      }
      state = step(gates.get(t), state.mul(Tensors.of(goesOn, rows, 1)));
      states.push_back(state);
    }
    return torch.stack(states, 1);
  }
}
