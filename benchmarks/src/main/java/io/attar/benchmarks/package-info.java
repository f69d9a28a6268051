/**
 * Times the runtime against other ways to the same scores, on the same queries, in one run. The
 * front door is {@link io.attar.benchmarks.Main}. Never shipped.
 */
@NullMarked
package io.attar.benchmarks;

import org.jspecify.annotations.NullMarked;
