/** Tests. */
@NullMarked
package io.attar.training;

import org.jspecify.annotations.NullMarked;
