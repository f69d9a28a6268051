package io.attar.training;

import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** Clicks to session vectors, every prefix of every session of a batch at once. */
interface SessionEncoder {
  /** The name in configurations and files. */
  String name();

  /**
   * The session vector after every click; its length carries no meaning.
   *
   * @param inputs (R, P, N) item vector of every click
   * @param batch the sessions they belong to
   * @return (R, P, N); padding slots hold anything finite
   */
  Tensor encode(Tensor inputs, SessionBatch batch);

  /** Whether dropout inside the encoder acts; the item vectors' dropout is not the encoder's. */
  void training(boolean on);

  List<Parameter> parameters();
}
