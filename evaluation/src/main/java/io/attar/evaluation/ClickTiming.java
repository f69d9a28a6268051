package io.attar.evaluation;

/**
 * What a click costs: taking it and ranking the best 20, on one thread of this machine, warmed up.
 *
 * @param medianMicroseconds half of the clicks cost at most this
 * @param percentile99Microseconds 99 of 100 clicks cost at most this
 * @param clicks how many were timed
 */
public record ClickTiming(
    double medianMicroseconds, double percentile99Microseconds, long clicks) {}
