package io.attar.data;

/**
 * What a preparation gives.
 *
 * @param dataset the sessions, split
 * @param report what was read, dropped and kept
 */
public record Prepared(Dataset dataset, PreparationReport report) {}
