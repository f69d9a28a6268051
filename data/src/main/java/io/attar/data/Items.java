package io.attar.data;

import it.unimi.dsi.fastutil.objects.Object2IntOpenHashMap;
import java.util.List;

/** The item ids of a data set: item index to the caller's id and back. Immutable. */
public final class Items {
  private final List<String> ids; // (items) by item index
  private final Object2IntOpenHashMap<String> indices;

  /**
   * Numbers the ids in the order given.
   *
   * @throws IllegalArgumentException when an id is empty or occurs twice
   */
  public Items(List<String> ids) {
    this.ids = List.copyOf(ids);
    this.indices = new Object2IntOpenHashMap<>(ids.size());
    indices.defaultReturnValue(-1);
    for (String id : this.ids) {
      if (id.isEmpty()) {
        throw new IllegalArgumentException("an item id must not be empty");
      }
      if (indices.put(id, indices.size()) >= 0) {
        throw new IllegalArgumentException("the item id '" + id + "' occurs twice");
      }
    }
  }

  /** Number of items. */
  public int size() {
    return ids.size();
  }

  /** The caller's id of an item index. */
  public String id(int index) {
    return ids.get(index);
  }

  /** The item index of an id, or -1 when the id is unknown. */
  public int index(String id) {
    return indices.getInt(id);
  }

  /** All ids by item index. */
  public List<String> ids() {
    return ids;
  }
}
