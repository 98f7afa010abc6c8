package dev.sluice;

/** Whether a call that failed may have had an effect. */
public enum SideEffect {
  /** Nothing has happened and nothing will: correct the call, or repeat it as it is. */
  NONE,
  /**
   * It may have been accepted, or nobody can tell: repeat it with the same request id, or read the
   * resource; never use a new id or number.
   */
  POSSIBLE
}
