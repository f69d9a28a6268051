/** The runtime in browsers: what is compiled to WebAssembly and to JavaScript. */
@NullMarked
package io.attar.web;

import org.jspecify.annotations.NullMarked;
