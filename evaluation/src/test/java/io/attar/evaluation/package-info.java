/** Tests. */
@NullMarked
package io.attar.evaluation;

import org.jspecify.annotations.NullMarked;
