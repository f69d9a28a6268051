/** The device side: {@code Recommender} opens a model file, {@code Session} recommends. No dependency, no thread, clock, file or log. */
@NullMarked
package io.attar.runtime;

import org.jspecify.annotations.NullMarked;
