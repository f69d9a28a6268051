package io.attar.example;

import android.app.Activity;
import android.os.Bundle;
import android.widget.ArrayAdapter;
import android.widget.ListView;
import io.attar.runtime.Recommendations;
import io.attar.runtime.Recommender;
import io.attar.runtime.Session;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/**
 * A list of item ids: first the popular ones, after every tap the 20 that the model ranks best for
 * all taps so far. The title says how long the last answer took.
 */
public final class ShopActivity extends Activity {
  private static final String MODEL = "shop.attar";
  private static final String SESSION = "session";
  private static final int SHOWN = 20;

  private Session session;
  private ArrayAdapter<String> items;

  @Override
  protected void onCreate(Bundle state) {
    super.onCreate(state);
    session = openModel().newSession();
    byte[] saved = state == null ? null : state.getByteArray(SESSION);
    if (saved != null) {
      // False when the app was updated with another model in between: the visit starts anew.
      session.restore(saved);
    }
    items = new ArrayAdapter<>(this, android.R.layout.simple_list_item_1);
    ListView list = new ListView(this);
    list.setAdapter(items);
    list.setOnItemClickListener(
        (parent, row, position, id) -> {
          session.click(items.getItem(position));
          showTop();
          list.setSelection(0);
        });
    setContentView(list);
    showTop();
  }

  @Override
  protected void onSaveInstanceState(Bundle state) {
    super.onSaveInstanceState(state);
    state.putByteArray(SESSION, session.save());
  }

  private void showTop() {
    long start = System.nanoTime();
    Recommendations top = session.top(SHOWN);
    long microseconds = (System.nanoTime() - start) / 1_000;
    List<String> ids = top.itemIds();
    items.clear();
    items.addAll(ids);
    setTitle(session.length() + " clicks, " + microseconds + " µs");
  }

  /** A small file: read on the main thread, before there is anything to show. */
  private Recommender openModel() {
    try (InputStream in = getAssets().open(MODEL)) {
      return Recommender.open(in);
    } catch (IOException e) {
      // It is inside the app: without it the app was packaged wrongly.
      throw new IllegalStateException("the app must hold the model file assets/" + MODEL, e);
    }
  }
}
