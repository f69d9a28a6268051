/**
 * Opens a model file and recommends, on a phone, in a browser, on a JVM. The front door is {@link
 * io.attar.runtime.Recommender}.
 */
@NullMarked
package io.attar.runtime;

import org.jspecify.annotations.NullMarked;
