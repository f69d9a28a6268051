/** Honest measurement through the shipped file. The front door is {@code Evaluation}. */
@NullMarked
package io.attar.evaluation;

import org.jspecify.annotations.NullMarked;
