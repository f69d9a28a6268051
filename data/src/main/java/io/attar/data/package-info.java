/** Click log to sessions to splits. The front door is {@code Preparation}. */
@NullMarked
package io.attar.data;

import org.jspecify.annotations.NullMarked;
