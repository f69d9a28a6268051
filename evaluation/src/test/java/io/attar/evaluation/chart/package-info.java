/** Tests. */
@NullMarked
package io.attar.evaluation.chart;

import org.jspecify.annotations.NullMarked;
