/** Tests of the benchmarks: that all contestants compute the same. */
@NullMarked
package io.attar.benchmarks;

import org.jspecify.annotations.NullMarked;
