@NullMarked
package io.attar.web;

import org.jspecify.annotations.NullMarked;
