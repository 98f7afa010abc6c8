package dev.sluice;

/**
 * A field that breaks a rule.
 *
 * @param field the path of the field: "order.amount.minor_units"
 * @param description the rule that it breaks
 */
public record FieldViolation(String field, String description) {}
