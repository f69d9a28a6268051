package io.attar.evaluation;

/**
 * What the shipped file reached.
 *
 * @param result its ranking quality
 * @param bytes the whole file
 * @param itemIdBytes the part of it that holds the caller's item ids
 * @param provenance where the file says it comes from, JSON
 * @param timing what a click costs on this machine
 */
public record ModelResult(
    MethodResult result, long bytes, long itemIdBytes, String provenance, ClickTiming timing) {}
