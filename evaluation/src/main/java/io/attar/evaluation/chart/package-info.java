/** Pictures of results, as SVG that needs no program and no colour to be read. */
@NullMarked
package io.attar.evaluation.chart;

import org.jspecify.annotations.NullMarked;
