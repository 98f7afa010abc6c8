package dev.sluice;

/**
 * What a watch gives.
 *
 * @param value the event, or the resource after a change
 * @param cursor safe to store once the item is dealt with: a watch from here leaves nothing out.
 *     Empty: only the beginning is
 */
public record Item<T>(T value, String cursor) {}
