"""Expectations as JSON: what is written must be there, what is not written may be anything.

An object of one key that begins with "$" asks for more than equality:
  {"$match": "regular expression"}   {"$between": [1, 2]}   {"$oneOf": [..]}   {"$not": ..}
  {"$absent": true}                  {"$includes": element of the list}
  {"$exactly": ..}                   equal, with nothing beside it
"${name}" in a text is replaced by what was saved under that name.
"""

import re

_VARIABLE = re.compile(r"\$\{(\w+)\}")
ABSENT = object()


def fill(value, variables):
    """The value with its variables replaced."""
    if isinstance(value, str):
        whole = _VARIABLE.fullmatch(value)
        if whole:
            return variables[whole[1]]
        return _VARIABLE.sub(lambda found: str(variables[found[1]]), value)
    if isinstance(value, list):
        return [fill(element, variables) for element in value]
    if isinstance(value, dict):
        return {fill(key, variables): fill(element, variables) for key, element in value.items()}
    return value


def difference(expected, actual, at="answer"):
    """None when it matches, else a sentence that says where it does not."""
    if isinstance(expected, dict):
        if len(expected) == 1 and next(iter(expected)).startswith("$"):
            operator, operand = next(iter(expected.items()))
            return _special(operator, operand, actual, at)
        if not isinstance(actual, dict):
            return f"{at} is {_show(actual)}, not an object"
        for key, value in expected.items():
            found = difference(value, actual.get(key, ABSENT), f"{at}.{key}")
            if found:
                return found
        return None
    if isinstance(expected, list):
        if not isinstance(actual, list) or len(actual) != len(expected):
            return f"{at} is {_show(actual)}, not a list of {len(expected)}"
        for index, (want, have) in enumerate(zip(expected, actual)):
            found = difference(want, have, f"{at}[{index}]")
            if found:
                return found
        return None
    if type(expected) is not type(actual) or expected != actual:
        return f"{at} is {_show(actual)}, not {_show(expected)}"
    return None


def _special(operator, operand, actual, at):
    if operator == "$absent":
        return None if (actual is ABSENT) == operand else f"{at} is {_show(actual)}"
    if operator == "$not":
        return None if difference(operand, actual, at) else f"{at} is {_show(actual)}"
    if operator == "$oneOf":
        if any(difference(one, actual, at) is None for one in operand):
            return None
        return f"{at} is {_show(actual)}, none of {operand}"
    if actual is ABSENT:
        return f"{at} is missing"
    if operator == "$match":
        return None if re.search(operand, str(actual)) else f"{at} is {_show(actual)}: not {operand}"
    if operator == "$between":
        low, high = operand
        return None if low <= float(actual) <= high else f"{at} is {_show(actual)}: not {operand}"
    if operator == "$includes":
        if any(difference(operand, one, at) is None for one in actual):
            return None
        return f"{at} has none like {operand}: {_show(actual)}"
    if operator == "$exactly":
        return None if operand == actual else f"{at} is {_show(actual)}, not exactly {operand}"
    raise ValueError(f"there is no operator {operator}")


def _show(value):
    return "missing" if value is ABSENT else repr(value)[:300]
