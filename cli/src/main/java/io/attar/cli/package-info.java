/** The {@code attar} command; {@code Main} is its front door. */
@NullMarked
package io.attar.cli;

import org.jspecify.annotations.NullMarked;
