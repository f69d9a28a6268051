/**
 * Teacher, student and the writer of the model file, on LibTorch. The front door is {@code
 * Training}.
 */
@NullMarked
package io.attar.training;

import org.jspecify.annotations.NullMarked;
