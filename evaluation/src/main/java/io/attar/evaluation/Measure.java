package io.attar.evaluation;

/**
 * One metric in one split, as shares (0 to 1); all three NaN when the split has no case.
 *
 * @param metric the metric's name, as in {@link Metrics#names()}
 * @param mean mean over the split's cases
 * @param low lower end of the 95 % interval over sessions
 * @param high upper end of the 95 % interval over sessions
 */
public record Measure(String metric, double mean, double low, double high) {}
