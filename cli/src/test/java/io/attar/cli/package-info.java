@NullMarked
package io.attar.cli;

import org.jspecify.annotations.NullMarked;
