/**
 * Honest measurement: full ranking over the whole catalogue, ties against the method, intervals
 * over sessions, and the simple rules always in the table. The front door is {@link
 * io.attar.evaluation.Evaluation}.
 */
@NullMarked
package io.attar.evaluation;

import org.jspecify.annotations.NullMarked;
